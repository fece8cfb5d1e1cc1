package attack_test

import (
	"slices"
	"testing"

	"github.com/maskwarden/maskwarden/attack"
)

func TestSquare(t *testing.T) {
	both(t, func(t *testing.T, targeted bool) {
		net := newLinear(5)
		f := net.faces(30, targeted)
		a := attack.Square{Eps: 0.1, Queries: 300, Seed: 1}
		images, err := a.Run(net, f)
		if err != nil {
			t.Fatal(err)
		}
		within(t, f, images, a.Eps)
		asked := net.asked
		a.Queries = 1
		few, err := a.Run(net, f)
		if err != nil {
			t.Fatal(err)
		}
		many, one := successes(t, net, f, images), successes(t, net, f, few)
		if many <= one || many < 20 {
			t.Errorf("%d attacks succeeded with 300 queries, %d with one: want more, 20 at least of 30", many, one)
		}
		if asked >= 30*300 {
			t.Errorf("%d queries: attacks went on after they succeeded", asked)
		}
		a.Queries = 300
		again, err := a.Run(net, f)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(images, again) {
			t.Error("the same seed gave other images")
		}
	})
}
