package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/maskwarden/maskwarden/cli/screen"
)

// breath is the pause between two self-tests that are watched: long enough to be read.
const breath = 3 * time.Second

// watch tests again and again until ctx ends, and ends with the last verdict: for somebody who turns a camera or cleans its lens and
// wants to see what that does. What could not run at all ends it.
func watch(ctx context.Context, out io.Writer, test func() error) error {
	var last error
	for n := 0; ; n++ {
		if n > 0 && screen.IsTerminal(out) {
			fmt.Fprint(screen.Raw(out), "\x1b[H\x1b[2J")
		}
		err := test()
		if n > 0 && ctx.Err() != nil {
			return last
		}
		if said := verdict(0); err != nil && !errors.As(err, &said) {
			return err
		}
		last = err
		select {
		case <-ctx.Done():
			return last
		case <-time.After(breath):
		}
	}
}
