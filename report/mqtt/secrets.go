package mqtt

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
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
		pem, err := os.ReadFile(p.CAFile)
		if err != nil {
			return nil, fmt.Errorf("ca_file: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("ca_file %s holds no PEM certificate", p.CAFile)
		}
	}
	if p.CertFile != "" {
		if err := private("key_file", p.KeyFile); err != nil {
			return nil, err
		}
		cert, err := tls.LoadX509KeyPair(p.CertFile, p.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("cert_file %s with key_file %s: %w", p.CertFile, p.KeyFile, err)
		}
		c.Certificates = []tls.Certificate{cert}
	}
	return c, nil
}

// password reads the password; a line break at its end is no part of it.
func (p *Publisher) password() (string, error) {
	if p.PasswordFile == "" {
		return "", nil
	}
	if p.Username == "" {
		return "", errors.New("password_file: want a username with it")
	}
	if err := private("password_file", p.PasswordFile); err != nil {
		return "", err
	}
	data, err := os.ReadFile(p.PasswordFile)
	if err != nil {
		return "", fmt.Errorf("password_file: %w", err)
	}
	return strings.TrimRight(string(data), "\r\n"), nil
}

// private refuses a secret that others can read. What systemd hands over with LoadCredential= shows its access list
// as the group's rights, in a folder that only the service can enter.
func private(name, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	others := os.FileMode(0o077)
	if dir := os.Getenv("CREDENTIALS_DIRECTORY"); dir != "" && filepath.Dir(path) == filepath.Clean(dir) {
		others = 0o007
	}
	if mode := info.Mode().Perm(); mode&others != 0 {
		return fmt.Errorf("%s %s can be read by others (mode %04o): chmod 600 %s", name, path, mode, path)
	}
	return nil
}
