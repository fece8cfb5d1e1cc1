//go:build tensorflow

package savedmodel_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"
)

const python = "../.cache/venv/bin/python"

// BenchmarkGradient measures a gradient in Go as a part of the time that the same takes in Python, copies in and out included. Both have
// one thread and take turns, and medians are compared, so that a busy machine troubles them alike.
func BenchmarkGradient(b *testing.B) {
	for _, batch := range []int{1, 8, 32} {
		b.Run(fmt.Sprintf("batch=%d", batch), func(b *testing.B) { benchmark(b, batch) })
	}
}

func benchmark(b *testing.B, batch int) {
	n, p := start(b, robust)
	images := slices.Repeat(golden(p), 2)[:batch*p.Manifest.Input.Size()]
	cotangents, slope := make([]float32, 3*batch), make([]float32, len(images))
	for i := range batch {
		cotangents[3*i] = 1
	}
	run := func() {
		if err := n.Gradient(images, cotangents, slope); err != nil {
			b.Fatal(err)
		}
	}
	ask, sum := peer(b, filepath.Join(p.Dir, "savedmodel"), images, batch)
	run()
	own := 0.0
	for _, g := range slope {
		own += math.Abs(float64(g))
	}
	if math.Abs(own/sum-1) > 1e-5 {
		b.Fatalf("the gradient's sizes add up to %g, in Python to %g", own, sum)
	}
	var here, there []float64 // seconds
	for b.Loop() {
		there = append(there, ask())
		from := time.Now()
		run()
		here = append(here, time.Since(from).Seconds())
	}
	b.ReportMetric(median(here)*1e3, "ms")
	b.ReportMetric(median(there)*1e3, "python-ms")
	b.ReportMetric(median(here)/median(there), "go/python")
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

// peer starts Python on the same images. It returns what takes one gradient there, in seconds, and the first one's sum of sizes.
func peer(b *testing.B, model string, images []float32, batch int) (ask func() float64, sum float64) {
	b.Helper()
	var raw bytes.Buffer
	if err := binary.Write(&raw, binary.NativeEndian, images); err != nil {
		b.Fatal(err)
	}
	file := filepath.Join(b.TempDir(), "images")
	if err := os.WriteFile(file, raw.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(python, "testdata/gradient.py", model, file, strconv.Itoa(batch))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatalf("%v (run `make setup-test`)", err)
	}
	b.Cleanup(func() {
		_ = in.Close()
		if err := cmd.Wait(); err != nil {
			b.Error(err)
		}
	})
	lines := bufio.NewScanner(out)
	read := func() float64 {
		if !lines.Scan() {
			b.Fatalf("Python stopped: %v", lines.Err())
		}
		value, err := strconv.ParseFloat(lines.Text(), 64)
		if err != nil {
			b.Fatal(err)
		}
		return value
	}
	sum = read()
	return func() float64 {
		if _, err := in.Write([]byte("\n")); err != nil {
			b.Fatal(err)
		}
		return read()
	}, sum
}
