//go:build ignore

// Screenshot writes what a browser shows of a page after some seconds: go run mk/screenshot.go URL OUT.png WIDTH HEIGHT SECONDS.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/chromedp/chromedp"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	var width, height, seconds int
	if len(args) != 5 {
		return fmt.Errorf("%d arguments, want URL OUT.png WIDTH HEIGHT SECONDS", len(args))
	}
	for i, to := range []*int{&width, &height, &seconds} {
		if _, err := fmt.Sscan(args[2+i], to); err != nil {
			return err
		}
	}
	ctx, stop := chromedp.NewContext(context.Background(),
		chromedp.WithAllocatorOptions(chromedp.ExecPath("/usr/bin/chromium"), chromedp.NoSandbox, chromedp.DisableGPU))
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(int64(width), int64(height)), chromedp.Navigate(args[0])); err != nil {
		return err
	}
	time.Sleep(time.Duration(seconds) * time.Second)
	picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		return err
	}
	return os.WriteFile(args[1], picture, 0o644)
}
