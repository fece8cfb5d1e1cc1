package mqtt

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/url"

	"github.com/maskwarden/maskwarden/textfile"
)

// checkSecrets refuses settings that no file can make right. The files are read at each connecting: what is wrong with one is a reason not
// to connect, and is tried again.
func (p *Publisher) checkSecrets() error {
	switch {
	case !encrypted(p.url) && (p.CAFile != "" || p.CertFile != "" || p.KeyFile != ""):
		return fmt.Errorf("ca_file, cert_file and key_file want a broker with mqtts:// or wss://, got %s://", p.url.Scheme)
	case (p.CertFile == "") != (p.KeyFile == ""):
		return errors.New("cert_file and key_file: want both or none")
	case p.PasswordFile != "" && p.Username == "":
		return errors.New("password_file: want a username with it")
	}
	return nil
}

// tlsConfig reads the certificates. There is no switch that accepts a broker without a valid one.
func (p *Publisher) tlsConfig() (*tls.Config, error) {
	if !encrypted(p.url) {
		return nil, nil //nolint:nilnil // no TLS
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: p.url.Hostname()}
	if p.CAFile != "" {
		var err error
		if c.RootCAs, err = textfile.Authorities("ca_file", p.CAFile); err != nil {
			return nil, err
		}
	}
	if p.CertFile != "" {
		if err := textfile.Private("key_file", p.KeyFile); err != nil {
			return nil, err
		}
		certPEM, err := textfile.Read(p.CertFile, textfile.MaxPEM)
		if err != nil {
			return nil, fmt.Errorf("cert_file: %w", err)
		}
		keyPEM, err := textfile.Read(p.KeyFile, textfile.MaxPEM)
		if err != nil {
			return nil, fmt.Errorf("key_file: %w", err)
		}
		cert, err := tls.X509KeyPair(certPEM, keyPEM)
		if err != nil {
			return nil, fmt.Errorf("cert_file %s with key_file %s: %w", p.CertFile, p.KeyFile, err)
		}
		c.Certificates = []tls.Certificate{cert}
	}
	return c, nil
}

// password reads the password.
func (p *Publisher) password() (string, error) {
	if p.PasswordFile == "" {
		return "", nil
	}
	return textfile.Secret("password_file", p.PasswordFile)
}

// CheckFiles says what is wrong with the files that connecting needs. The publisher need not be initialized.
func (p *Publisher) CheckFiles() error {
	u, err := url.Parse(p.Broker)
	if err != nil {
		return err
	}
	c := &Publisher{url: u, PasswordFile: p.PasswordFile, CAFile: p.CAFile, CertFile: p.CertFile, KeyFile: p.KeyFile}
	_, certificates := c.tlsConfig()
	_, password := c.password()
	return errors.Join(certificates, password)
}
