package mqtt

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

var (
	errDial     = errors.New("cannot connect")
	errLost     = errors.New("the connection was lost")
	errNoAnswer = errors.New("no acknowledgement")
)

// reason says in plain words why a connection ended or never came about.
func reason(err error, host string, timeout time.Duration) string {
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	var op *net.OpError // its own text holds a local port, which changes with every attempt
	broken := errors.As(err, &op)
	var record tls.RecordHeaderError
	switch {
	case err == nil:
		return "the connection ended"
	case errors.Is(err, packets.ErrorRefusedBadUsernameOrPassword), errors.Is(err, packets.ErrorRefusedNotAuthorised):
		return "the broker refuses the username or password"
	case errors.Is(err, packets.ErrorRefusedIDRejected):
		return "the broker refuses the client id"
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Sprintf("nothing listens at %s", host)
	case errors.As(err, &dns):
		return fmt.Sprintf("the name %s cannot be resolved", dns.Name)
	case errors.As(err, &cert):
		return fmt.Sprintf("the broker's certificate is not trusted: %v", cert.Err)
	case broken && op.Op == "remote error": // a TLS alert
		return fmt.Sprintf("the broker refuses TLS: %v", op.Err)
	case errors.As(err, &record):
		return fmt.Sprintf("%s does not speak TLS", host)
	case errors.Is(err, errDial) && isTimeout(err):
		return fmt.Sprintf("%s does not answer within %v", host, timeout)
	case errors.Is(err, errNoAnswer), isTimeout(err):
		return fmt.Sprintf("%s accepts the connection, but does not answer within %v", host, slow*timeout)
	case broken && errors.Is(err, errLost):
		return fmt.Sprintf("%v: %v", errLost, op.Err)
	case broken:
		return fmt.Sprintf("cannot connect to %s: %v", host, op.Err)
	case errors.Is(err, io.EOF) && !errors.Is(err, errLost):
		return fmt.Sprintf("%s closes the connection at once", host)
	case errors.Is(err, packets.ErrorNetworkError), errors.Is(err, packets.ErrorProtocolViolation):
		return fmt.Sprintf("%s does not answer as an MQTT broker does: check address and port", host)
	default:
		return err.Error()
	}
}

func isTimeout(err error) bool {
	var t net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &t) && t.Timeout()
}
