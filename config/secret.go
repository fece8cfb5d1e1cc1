package config

import "github.com/maskwarden/maskwarden/textfile"

// SecretFile is the path of a file that holds a password, readable for its owner only, or "".
type SecretFile string

// Read returns the password, or "" if there is no file. Errors never hold it.
func (s SecretFile) Read() (string, error) {
	if s == "" {
		return "", nil
	}
	return textfile.Secret("password_file", string(s))
}
