package tflite_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/tflite"
)

// BenchmarkClassifier measures Go's call, and Go's call with the tensor fill, as multiples of
// TfLiteInterpreterInvoke alone on the same interpreter. The three take turns, and medians are compared, so that a busy
// machine troubles them alike. It runs on every pack in models, and on the tiny one.
func BenchmarkClassifier(b *testing.B) {
	lib := openLibrary(b)
	dirs, err := filepath.Glob("../models/*")
	if err != nil {
		b.Fatal(err)
	}
	for _, dir := range append(dirs, tiny) {
		p := openPack(b, dir)
		for _, threads := range []int{1, 2} {
			c := start(b, &tflite.Classifier{Library: lib, Pack: p, Threads: threads, MaxBatch: 8})
			for _, batch := range []int{1, 2, 4, 8} {
				b.Run(fmt.Sprintf("%s/threads=%d/batch=%d", p.Manifest.Name, threads, batch), func(b *testing.B) {
					compare(b, c, p, batch)
				})
			}
		}
	}
}

func compare(b *testing.B, c *tflite.Classifier, p *pack.Pack, batch int) {
	var invoke, run, filled []float64 // seconds
	pixels := picture(p, 1)
	for b.Loop() {
		took, err := c.Invoke(batch, 1)
		if err != nil {
			b.Fatal(err)
		}
		invoke = append(invoke, took.Seconds())
		from := time.Now()
		if err := c.Run(batch); err != nil {
			b.Fatal(err)
		}
		run = append(run, time.Since(from).Seconds())
		from = time.Now()
		for i := range batch {
			if err := c.Fill(i, pixels); err != nil {
				b.Fatal(err)
			}
		}
		if err := c.Run(batch); err != nil {
			b.Fatal(err)
		}
		filled = append(filled, time.Since(from).Seconds())
	}
	b.ReportMetric(median(invoke)*1e3, "invoke-ms")
	b.ReportMetric(median(run)/median(invoke), "run/invoke")
	b.ReportMetric(median(filled)/median(invoke), "fill+run/invoke")
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}
