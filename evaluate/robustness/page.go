package robustness

import (
	"bytes"
	_ "embed" // for the page
	"encoding/base64"
	"fmt"
	"html/template"
	"image"
	"image/png"
	"io"

	"github.com/maskwarden/maskwarden/attack/suite"
	"github.com/maskwarden/maskwarden/frame"
	"github.com/maskwarden/maskwarden/report"
	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/htmlreport/chart"
)

//go:embed page.html
var page string

// view is what the page shows.
type view struct {
	*Report
	Charts   []chart.Chart
	Rows     []row
	Patches  []picture
	Target   bool // shares of faces taken for the target are shown
	Unmasked bool // shares of unmasked faces taken for correct are shown
}

type row struct {
	Strength                      float64
	Model, Accuracy, Target, None string
}

type picture struct {
	Caption string
	PNG     template.URL
}

// Write writes the report as one HTML page that needs no other file.
func (r *Report) Write(w io.Writer) error {
	t, err := template.New("page").Funcs(template.FuncMap{"nearest": Nearest}).Parse(chart.Template + page)
	if err != nil {
		return fmt.Errorf("attack HTML report: %w", err)
	}
	v := view{Report: r, Target: r.targeted(), Unmasked: r.unmasked()}
	var curves []selftest.Curve
	for _, of := range r.Results() {
		curves = append(curves, r.curve(of))
		for _, p := range of.Points {
			v.Rows = append(v.Rows, row{p.Strength, of.Model, interval(&p.Accuracy), interval(p.Target), interval(p.NoneCorrect)})
		}
		for _, made := range of.Patches {
			p, err := patch(&made)
			if err != nil {
				return fmt.Errorf("attack HTML report: %w", err)
			}
			v.Patches = append(v.Patches, picture{fmt.Sprintf("%s, %g %% of the picture", of.Model, 100*made.Strength), p})
		}
	}
	v.Charts = chart.Draw(curves)
	var b bytes.Buffer // so that half a page is never written
	if err := t.Execute(&b, v); err != nil {
		return fmt.Errorf("attack HTML report: %w", err)
	}
	_, err = io.WriteString(w, report.Plain(b.String())) // the template escapes markup only
	return err
}

// curve is a result as the chart takes it.
func (r *Report) curve(of *suite.Result) selftest.Curve {
	c := selftest.Curve{Check: r.Method, Name: of.Model, Unit: r.Unit, Faces: r.Count(), Unmasked: r.Faces[frame.None.String()]}
	for _, p := range of.Points {
		point := selftest.Point{Strength: p.Strength, Accuracy: p.Accuracy.Share}
		if p.NoneCorrect != nil {
			point.NoneCorrect = p.NoneCorrect.Share
		}
		c.Points = append(c.Points, point)
	}
	return c
}

// patch is a patch as an address that holds its picture.
func patch(made *suite.Made) (template.URL, error) {
	img := image.NewNRGBA(image.Rect(0, 0, made.Side, made.Side))
	for i := range made.Side * made.Side {
		copy(img.Pix[4*i:], made.Pixels[3*i:3*i+3])
		img.Pix[4*i+3] = 0xff
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return "", err
	}
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes())), nil
}
