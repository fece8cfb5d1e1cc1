package capture

import (
	"net/url"
	"regexp"
	"strings"
)

// secretParam finds passwords given as parameters, as cheap cameras need them: ?user=a&pwd=b, /user=a_password=b_channel=1.
var secretParam = regexp.MustCompile(`(?i)((?:pass|pwd|psw|token|key|secret|auth|sig)[a-z_-]*=)[^&/;#]+`)

// Redact returns a URI that can be shown and logged: its password is replaced by xxxxx. Where it is not certain
// what the password is (it may hold unescaped / ? # @), everything that could be part of it goes.
func Redact(uri string) string {
	scheme, rest, ok := strings.Cut(uri, "://")
	if !ok || scheme == "file" || scheme == "v4l2" {
		return uri
	}
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		u, err := url.Parse(uri)
		if err == nil && u.User != nil && !strings.Contains(u.RequestURI()+u.Fragment, "@") {
			user := ""
			if n := u.User.Username(); n != "" {
				user = url.PathEscape(n)
			}
			if _, has := u.User.Password(); has {
				user += ":xxxxx"
			}
			rest = user + rest[at:]
		} else {
			rest = "xxxxx" + rest[at:]
		}
	}
	return scheme + "://" + secretParam.ReplaceAllString(rest, "${1}xxxxx")
}
