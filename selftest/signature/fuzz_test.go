package signature_test

import (
	"testing"

	"github.com/maskwarden/maskwarden/selftest/signature"
)

// FuzzVerify: with a key whose secret half is gone, nothing verifies but the one text that it signed, and that in one spelling.
func FuzzVerify(f *testing.F) {
	const key = "RWRA8KYDPv6iM9+n4wuKAD+LyulwAJe9/OpOBZ4bsQNexLddr/qyLQFm"
	const sig = "untrusted comment: signature of a self-test\nRURA8KYDPv6iM2EA3xHrphRraekETXksbAMjwuuoAxHu424CoUGB9dUBdQefxHzQiiQEedUfyofE/ZLbo1bLurDCVayRlSa+uwk=\ntrusted comment: self-test of cam-7\nIM0UZWdyDBozZLwwGHBGf4GfDNSnyJUQsZXY73Yg0XYVx86S/jxVUSxLXPqvIR8Xugk+U9XWR9SqI+oA9BYZDw==\n"
	if err := (&signature.Signature{Key: key, Signature: sig}).Verify([]byte(result)); err != nil {
		f.Fatal(err)
	}
	f.Add(key, sig, []byte(result))
	f.Add("RW", "untrusted comment: signature of a self-test\n\ntrusted comment: \n\n", []byte{})
	f.Fuzz(func(t *testing.T, k, s string, text []byte) {
		err := (&signature.Signature{Key: k, Signature: s}).Verify(text)
		if err != nil && err.Error() == "" {
			t.Fatal("an error without a word")
		}
		if k == key && (err == nil) != (s == sig && string(text) == result) {
			t.Fatalf("%q, %q: %v", s, text, err)
		}
	})
}
