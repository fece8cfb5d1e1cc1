package pipeline

import (
	"log/slog"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/capture"
	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/frame"
)

// TestEveryDecisionIsCertified takes a scene of three people, everybody's decision due again and again, through the
// pipeline as fast as it goes.
func TestEveryDecisionIsCertified(t *testing.T) {
	c := config.Default()
	c.Decision.Repeat = config.Duration(500 * time.Millisecond)
	e := newEngine(t, c)
	p, err := e.NewPipeline()
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	var pool frame.Pool
	defer pool.Close()
	source := &capture.Camera{
		Name: "a", URI: "synthetic://?fast=1&people=3&seed=3&width=480&height=270", Lossless: true, Pool: &pool,
		Synthetic: Synthetic(c), Logger: slog.New(slog.DiscardHandler),
	}
	if err := source.Initialize(); err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	decided, certified, suspected := 0, 0, 0
	for n := range 60 {
		f := <-source.Frames()
		made, err := p.Process(f)
		if err != nil {
			t.Fatal(err)
		}
		checks := 0
		for i := range f.Faces {
			if f.Faces[i].Proof.Checked {
				checks++
			}
		}
		if checks > 1 || (checks == 1) != (f.Took[frame.Check] > 0) {
			t.Errorf("frame %d: %d checks in %v: want one at most, and its time", n, checks, f.Took[frame.Check])
		}
		for _, d := range made {
			if d.Label == frame.Unknown {
				continue
			}
			decided++
			if !d.Proof.Checked || d.Proof.Passes < 11 || d.Proof.Passes > 11+33 {
				t.Errorf("decided with the proof %+v, want one of 11 to 44 passes", d.Proof)
			}
			if d.Proof.Certified != frame.Unproved {
				certified++
			}
			if d.Proof.Suspicion != 0 {
				suspected++
			}
		}
		f.Release()
	}
	t.Logf("%d decisions, %d certified, %d suspected", decided, certified, suspected)
	if decided < 3 || certified+suspected == 0 {
		t.Errorf("%d decisions, %d certified, %d suspected: want some of each person", decided, certified, suspected)
	}
}

// TestDefenseOff: decisions are made without the check.
func TestDefenseOff(t *testing.T) {
	c := config.Default()
	c.Defense.Certify = "off"
	e := newEngine(t, c)
	if e.Checker != nil {
		t.Error("the check is there")
	}
	v := e.NewVoter()
	if v.Round != 0.05 || v.Watch.Checks != 5 || v.Watch.Window != time.Minute {
		t.Errorf("the voter's rules are %+v, want the configuration's", v)
	}
}
