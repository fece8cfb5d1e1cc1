package capture

import (
	"net/url"
	"strings"
)

// Redact returns a source as it may be shown, logged and published. Of a network address that is scheme://host:port: cheap cameras take
// passwords and keys anywhere behind it. Where it is not certain what the host is (a password may hold unescaped / ? # @), it goes, too.
func Redact(uri string) string {
	scheme, rest, ok := strings.Cut(uri, "://")
	switch {
	case !ok:
		return uri
	case scheme == "file", scheme == "v4l2", scheme == "csi", scheme == "synthetic":
		return uri
	}
	u, err := url.Parse(uri)
	if err != nil || strings.Contains(u.RequestURI()+u.Fragment, "@") || u.Host == "" && rest != "" && rest[0] != '/' {
		return scheme + "://…"
	}
	return scheme + "://" + u.Host
}
