package network

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/maskwarden/maskwarden/textfile"
)

// Check says what is wrong with the file of authorities.
func (o Options) Check() error {
	_, err := o.tls()
	return err
}

// tls reads the authorities. They are read at each connecting: a file that is missing for now is tried again.
func (o Options) tls() (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: o.InsecureTLS} //nolint:gosec // the configuration asks for it, and health warns of it
	if o.CAFile == "" {
		return c, nil
	}
	var err error
	c.RootCAs, err = textfile.Authorities("ca_file", o.CAFile)
	return c, err
}

var errNoTLS = errors.New("the camera does not speak TLS on this port: check the port, or use http:// or rtsp://")

// untrusted says what is wrong with a certificate, or returns nil where err is of another kind.
func untrusted(err error) error {
	var (
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
		record    tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &authority):
		return errors.New("the camera's certificate comes from an authority that is not trusted: put that authority's certificate into cameras[].ca_file")
	case errors.As(err, &host):
		return fmt.Errorf("the camera's certificate is for %s, not for %s: use a name from it as source, or give the camera a new one", names(host.Certificate), host.Host)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		c, now := invalid.Cert, time.Now()
		if now.Before(c.NotBefore) {
			return fmt.Errorf("the camera's certificate is not valid before %s, and it is %s here: is the unit's clock right?", day(c.NotBefore), day(now))
		}
		return fmt.Errorf("the camera's certificate expired on %s, and it is %s here: renew it, or set the unit's clock", day(c.NotAfter), day(now))
	case errors.As(err, &invalid):
		return fmt.Errorf("the camera's certificate is not valid: %w", err)
	case errors.As(err, &record):
		return errNoTLS
	}
	return nil
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// names are those that a certificate is for, a few of them.
func names(c *x509.Certificate) string {
	all := append([]string(nil), c.DNSNames...)
	for _, ip := range c.IPAddresses {
		all = append(all, ip.String())
	}
	const most = 4
	switch {
	case len(all) == 0:
		return "no name"
	case len(all) > most:
		all = append(all[:most], "…")
	}
	return strings.Join(all, ", ")
}
