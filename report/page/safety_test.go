package page_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/report/page"
	"github.com/maskwarden/maskwarden/report/reporttest"
)

// TestThePageShowsTheSafetyFields is what a browser makes of events.
func TestThePageShowsTheSafetyFields(t *testing.T) {
	s := serve(t, newDaemon(), nil)
	b := newTab(t)
	b.do(chromedp.Navigate("http://" + s.Addr() + "/"))
	n := 0
	reporttest.CheckFields(t, "the page", func(e report.Event) string {
		n++
		e.ID = fmt.Sprintf("door-i1-%d", n) // it shows an id once
		s.Event(page.Decision{Event: e})
		row := fmt.Sprintf(`document.querySelector("#decisions li[data-id='%s']")`, e.ID)
		b.wait(row + ` !== null`)
		return eval[string](b, row+`.textContent`)
	})
}
