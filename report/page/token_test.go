package page_test

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/chromedp"

	"github.com/maskwarden/maskwarden/report/page"
)

const secret = "correct-horse:battery"

// ask sends a request from an address of this machine.
func ask(t *testing.T, s *page.Server, from, path, authorization string) (*http.Response, string) {
	t.Helper()
	c := client()
	c.Transport.(*http.Transport).DialContext = (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}).DialContext
	_, port, _ := net.SplitHostPort(s.Addr())
	req, err := http.NewRequest(http.MethodGet, "http://127.0.0.1:"+port+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		return res, ""
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

func basic(user, password string) string {
	r := &http.Request{Header: http.Header{}}
	r.SetBasicAuth(user, password)
	return r.Header.Get("Authorization")
}

// TestToken shows who gets in: on loopback and beyond it, with a token configured and without.
func TestToken(t *testing.T) {
	const here, everywhere = "127.0.0.1:0", "0.0.0.0:0"
	all := []string{"/", "/app.js", "/state", "/events", "/metrics", "/camera/front.jpg", "/camera/front.mjpeg", "/selftest", "/nothing", "/state?token=" + secret}
	for _, c := range []struct {
		name, listen, token, authorization string
		code                               int // 0: as without any token
	}{
		{"loopback without a token", here, "", "", 0},
		{"beyond it without a token", everywhere, "", "", 403},
		{"beyond it without a token, and one is guessed", everywhere, "", "Bearer ", 403},
		{"loopback", here, secret, "", 401},
		{"beyond it", everywhere, secret, "", 401},
		{"a program", everywhere, secret, "Bearer " + secret, 0},
		{"a program with another spelling", everywhere, secret, "bearer " + secret, 0},
		{"a browser", everywhere, secret, basic("", secret), 0},
		{"a browser with a user", everywhere, secret, basic("technician", secret), 0},
		{"a browser on loopback", here, secret, basic("technician", secret), 0},
		{"the token as user", everywhere, secret, basic(secret, ""), 401},
		{"half of it", everywhere, secret, basic("x", secret[:10]), 401},
		{"more than it", everywhere, secret, "Bearer " + secret + "x", 401},
		{"nothing in it", everywhere, secret, "Bearer ", 401},
		{"no scheme", everywhere, secret, secret, 401},
		{"another scheme", everywhere, secret, "Digest " + secret, 401},
	} {
		s := serve(t, newDaemon(), func(s *page.Server) { s.Listen, s.Token, s.SelfTest = c.listen, c.token, func() {} })
		feed(t, s, "front")
		for i, path := range all {
			if path == "/camera/front.mjpeg" && c.code == 0 {
				continue // it has no end
			}
			from := net.IPv4(127, 0, 0, byte(i+1)).String() // each has its own guesses
			res, body := ask(t, s, from, path, c.authorization)
			refused := res.StatusCode == 401 || res.StatusCode == 403
			challenge := res.Header.Get("WWW-Authenticate")
			if c.code == 0 && refused || c.code != 0 && res.StatusCode != c.code || (challenge != "") != (c.code == 401) {
				t.Errorf("%s: %s: %s, %q, %s", c.name, path, res.Status, challenge, body)
			}
			if refused && !strings.Contains(body, "http.token_file") || strings.Contains(body, secret) {
				t.Errorf("%s: %s says %q, want the key's name and no token", c.name, path, body)
			}
		}
		for _, path := range []string{"/livez", "/readyz"} {
			res, body := ask(t, s, "127.0.0.1", path, c.authorization)
			if res.StatusCode != 200 || !strings.Contains(body, `"status": "ok"`) || strings.Contains(body, "ward-3") != (c.code == 0) {
				t.Errorf("%s: %s: %s %s", c.name, path, res.Status, body)
			}
		}
	}
}

// TestProbesFail: who has no token sees that the daemon fails, and not why.
func TestProbesFail(t *testing.T) {
	d := newDaemon()
	d.ready = errNotReady
	s := serve(t, d, func(s *page.Server) { s.Listen = "0.0.0.0:0" })
	if res, body := ask(t, s, "127.0.0.1", "/readyz", ""); res.StatusCode != 503 || body != "{\n  \"status\": \"failed\"\n}\n" {
		t.Errorf("%s %s", res.Status, body)
	}
}

// TestWrongTokens: an address has ten at once, others go on, and the log has one line without any of them.
func TestWrongTokens(t *testing.T) {
	var log bytes.Buffer
	s := serve(t, newDaemon(), func(s *page.Server) {
		s.Token, s.Logger = secret, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))
	})
	right, guess := "Bearer "+secret, basic("x", "a-guess-of-mine")
	codes := map[int]int{}
	for range 60 {
		path := "/state"
		if codes[401] == 5 {
			path = "/livez" // a probe is no way to try more
		}
		res, _ := ask(t, s, "127.0.0.1", path, guess)
		codes[res.StatusCode]++
		if res.StatusCode == 200 {
			codes[401]++
		}
	}
	res, body := ask(t, s, "127.0.0.1", "/state", right)
	if codes[429] == 0 || res.StatusCode != 429 || res.Header.Get("Retry-After") != "1" || body != "too many wrong tokens came from this address: wait\n" {
		t.Errorf("%v, then with the right one %s, Retry-After %q, %s", codes, res.Status, res.Header.Get("Retry-After"), body)
	}
	if res, _ := ask(t, s, "127.0.0.2", "/state", right); res.StatusCode != 200 {
		t.Errorf("another address: %s", res.Status)
	}
	stop(t, s)
	text := log.String()
	if strings.Count(text, "\n") != 1 || !strings.Contains(text, "attempts=1 peer=127.0.0.1") || strings.Contains(text, "guess") || strings.Contains(text, secret) {
		t.Errorf("the log says %s", text)
	}
}

func TestWarning(t *testing.T) {
	const want = "http.listen 0.0.0.0:80 can be reached from other machines, and http.token_file names no token: all but /livez and /readyz is refused"
	if got := page.Warning("0.0.0.0:80", false); got != want {
		t.Errorf("got %q", got)
	}
	for _, listen := range []string{"", "127.0.0.1:80", "[::1]:80", "localhost:80"} {
		if got := page.Warning(listen, false); got != "" {
			t.Errorf("%s: %s", listen, got)
		}
	}
	if got := page.Warning("0.0.0.0:80", true); got != "" {
		t.Error(got)
	}
}

// TestTokenInABrowser refuses a browser, then gives it the token once: page, events, pictures and button go on with it.
func TestTokenInABrowser(t *testing.T) {
	var requested, asked atomic.Int32
	s := serve(t, newDaemon(), func(s *page.Server) {
		s.Listen, s.Token, s.SelfTest = "0.0.0.0:0", secret, func() { requested.Add(1) }
	})
	feed(t, s, "front")
	decide(s)
	_, port, _ := net.SplitHostPort(s.Addr())
	b := newTab(t)
	var reply atomic.Pointer[fetch.AuthChallengeResponse]
	reply.Store(&fetch.AuthChallengeResponse{Response: fetch.AuthChallengeResponseResponseCancelAuth})
	if err := chromedp.Listen(b.ctx, func(event any) {
		switch e := event.(type) {
		case *fetch.EventRequestPaused:
			go func() {
				_, _ = chromedp.Call(b.ctx, fetch.ContinueRequest, fetch.ContinueRequestParams{RequestID: e.RequestID})
			}()
		case *fetch.EventAuthRequired:
			asked.Add(1)
			go func() {
				_, _ = chromedp.Call(b.ctx, fetch.ContinueWithAuth, fetch.ContinueWithAuthParams{RequestID: e.RequestID, AuthChallengeResponse: reply.Load()})
			}()
		}
	}); err != nil {
		t.Fatal(err)
	}
	yes := true
	call(b, fetch.Enable, fetch.EnableParams{HandleAuthRequests: &yes})
	b.do(chromedp.Navigate("http://127.0.0.1:" + port + "/"))
	if got := eval[string](b, `document.body.innerText`); !strings.HasPrefix(got, "this needs the token of http.token_file") {
		t.Errorf("without the token the page says %q", got)
	}
	reply.Store(&fetch.AuthChallengeResponse{
		Response: fetch.AuthChallengeResponseResponseProvideCredentials, Username: "technician", Password: secret,
	})
	b.do(chromedp.Navigate("http://127.0.0.1:" + port + "/"))
	call(b, fetch.Disable, cdp.Empty{})
	b.do(chromedp.Navigate("http://127.0.0.1:" + port + "/")) // from here on nobody answers for the user
	b.wait(shows)
	b.wait(`document.querySelector("#selftest").checkVisibility()`)
	eval[string](b, `(document.querySelector("#selftest").click(), "")`)
	b.wait(`document.querySelector("#requested").textContent === "Requested: it starts within a minute."`)
	if requested.Load() != 1 || asked.Load() < 2 {
		t.Errorf("%d self-tests were requested, want 1; the browser asked %d times", requested.Load(), asked.Load())
	}
	b.shoot("token")
}
