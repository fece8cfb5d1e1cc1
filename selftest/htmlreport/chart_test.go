package htmlreport_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

// The page draws one chart with a line for each share of each curve, where there is one, and marks every strength.
func TestChart(t *testing.T) {
	page := write(t, report())
	_, rest, _ := strings.Cut(page, `<figure class="chart">`)
	drawing, _, ok := strings.Cut(rest, "</figure>")
	if !ok || strings.Contains(rest[len(drawing):], `class="chart"`) {
		t.Fatal("want one chart")
	}
	for _, want := range []string{
		`<polyline points="56,16 336,72 616,128" stroke="#0b5cad" stroke-dasharray=""/>`,
		`<polyline points="56,240 336,240 616,128" stroke="#a40e26" stroke-dasharray=""/>`,
		`<polyline points="56,16 616,16" stroke="#0b5cad" stroke-dasharray="7 4"/>`,
		`<text class="across" x="336" y="240" dy="18">8</text>`, `<text class="up" x="56" y="128" dx="-8" dy="4">50 %</text>`,
		"strength, 255ths", "network alone: none → correct at 16: 50 %", "behind the smoothing: keep their label</span>",
	} {
		if !strings.Contains(drawing, want) {
			t.Errorf("want %q in the chart", want)
		}
	}
	if strings.Contains(drawing, "behind the smoothing: none") {
		t.Error("a curve without unmasked faces shows how many pass")
	}
	if strings.Contains(drawing, "ZgotmplZ") {
		t.Error("the template refused a value")
	}
	for d := xml.NewDecoder(strings.NewReader("<figure>" + drawing + "</figure>")); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}
