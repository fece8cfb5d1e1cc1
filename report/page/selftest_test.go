package page_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/maskwarden/maskwarden/report/page"
)

// TestSelfTestStartsFromHere shows who may start a self-test, and that nothing else is changed by a POST.
func TestSelfTestStartsFromHere(t *testing.T) {
	asked := 0
	s := serve(t, newDaemon(), func(s *page.Server) { s.Token, s.SelfTest = secret, func() { asked++ } })
	here := "http://" + s.Addr()
	for _, c := range []struct {
		name, method, path string
		headers            map[string]string
		code, asked        int
	}{
		{"a script", "POST", "/selftest", nil, 202, 1},
		{"without the token", "POST", "/selftest", map[string]string{"Authorization": ""}, 401, 0},
		{"with another", "POST", "/selftest", map[string]string{"Authorization": "Bearer x"}, 401, 0},
		{"the page", "POST", "/selftest", map[string]string{"Origin": here, "Sec-Fetch-Site": "same-origin"}, 202, 1},
		{"the page in an old browser", "POST", "/selftest", map[string]string{"Origin": here}, 202, 1},
		{"another origin", "POST", "/selftest", map[string]string{"Origin": "http://attacker.example"}, 403, 0},
		{"another port", "POST", "/selftest", map[string]string{"Origin": "http://127.0.0.1:1"}, 403, 0},
		{"a sandboxed frame", "POST", "/selftest", map[string]string{"Origin": "null"}, 403, 0},
		{"another site", "POST", "/selftest", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403, 0},
		{"a neighbor's site", "POST", "/selftest", map[string]string{"Sec-Fetch-Site": "same-site"}, 403, 0},
		{"a forged origin", "POST", "/selftest", map[string]string{"Origin": here, "Sec-Fetch-Site": "cross-site"}, 403, 0},
		{"another host", "POST", "/selftest", map[string]string{"Host": "attacker.example"}, 403, 0},
		{"rebound DNS", "POST", "/selftest", map[string]string{
			"Host": "attacker.example", "Origin": "http://attacker.example", "Sec-Fetch-Site": "same-origin",
		}, 403, 0},
		{"a preflight", "OPTIONS", "/selftest", map[string]string{"Origin": "http://attacker.example"}, 405, 0},
		{"a link", "GET", "/selftest", nil, 405, 0},
		{"elsewhere", "POST", "/state", nil, 405, 0},
	} {
		asked = 0
		req, err := http.NewRequest(c.method, here+c.path, strings.NewReader(""))
		if err != nil {
			t.Fatal(err)
		}
		req.SetBasicAuth("technician", secret)
		for name, value := range c.headers {
			req.Header.Set(name, value)
		}
		req.Host = c.headers["Host"]
		res, err := client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != c.code || asked != c.asked {
			t.Errorf("%s: %s, asked %d times; want %d, %d", c.name, res.Status, asked, c.code, c.asked)
		}
	}
	open := serve(t, newDaemon(), func(s *page.Server) { s.SelfTest = func() { t.Error("every user of the unit can ask") } })
	const reason = "from here a self-test needs a token, since every user of this machine can ask: run `maskwarden selftest`, or set http.token_file\n"
	res, err := client().Post("http://"+open.Addr()+"/selftest", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if res.StatusCode != 403 || string(body) != reason {
		t.Errorf("without a token: %s %s", res.Status, body)
	}
	without := serve(t, newDaemon(), nil)
	req, _ := http.NewRequest("POST", "http://"+without.Addr()+"/selftest", strings.NewReader(""))
	res, err = client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != 404 {
		t.Errorf("without a self-test: %s", res.Status)
	}
}
