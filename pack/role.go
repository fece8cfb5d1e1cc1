package pack

import (
	"fmt"
	"strings"
)

// Role is what a pack is for. It stands at the end of the signature's trusted comment, which the signature protects.
type Role string

// The roles. A signature that names none, such as one that minisign made, is for cameras.
const (
	ForCamera Role = "camera"   // it may classify what cameras see
	Baseline  Role = "baseline" // it is only compared with, such as a model without a defense
)

// Roles are all roles.
func Roles() []Role { return []Role{ForCamera, Baseline} }

// describe is the trusted comment of a pack's signature.
func (r Role) describe(m *Manifest) string {
	return fmt.Sprintf("%s version %d, role %s", m.Name, m.Version, r)
}

// role reads the role in a trusted comment.
func role(comment string) (Role, error) {
	_, name, named := strings.Cut(comment, ", role ")
	if !named {
		return ForCamera, nil
	}
	for _, r := range Roles() {
		if Role(name) == r {
			return r, nil
		}
	}
	return "", fmt.Errorf("role %q, want one of %v: take a release that knows it", name, Roles())
}
