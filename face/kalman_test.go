package face

import (
	"math"
	"testing"

	"github.com/maskwarden/maskwarden/frame"
)

// matrix is a 2x2 matrix; state is a value and its speed with their covariance, as the textbook writes them.
type matrix [2][2]float64

func (a matrix) times(b matrix) (c matrix) {
	for i := range 2 {
		for j := range 2 {
			c[i][j] = a[i][0]*b[0][j] + a[i][1]*b[1][j]
		}
	}
	return c
}

func (a matrix) transposed() matrix { return matrix{{a[0][0], a[1][0]}, {a[0][1], a[1][1]}} }

type state struct {
	x [2]float64
	p matrix
}

// predict is x = F x, P = F P F' + Q with Q of white acceleration (Bar-Shalom, Li and Kirubarajan 2001, section 6.2.2).
func (s *state) predict(dt, power float64) {
	f := matrix{{1, dt}, {0, 1}}
	s.x = [2]float64{s.x[0] + dt*s.x[1], s.x[1]}
	s.p = f.times(s.p).times(f.transposed())
	q := matrix{{power * math.Pow(dt, 3) / 3, power * dt * dt / 2}, {power * dt * dt / 2, power * dt}}
	for i := range 2 {
		for j := range 2 {
			s.p[i][j] += q[i][j]
		}
	}
}

// update is K = P H' / (H P H' + R), x = x + K (z - H x), P = (I - K H) P with H = (1, 0).
func (s *state) update(z, r float64) {
	k := [2]float64{s.p[0][0] / (s.p[0][0] + r), s.p[1][0] / (s.p[0][0] + r)}
	off := z - s.x[0]
	s.x = [2]float64{s.x[0] + k[0]*off, s.x[1] + k[1]*off}
	s.p = matrix{{1 - k[0], 0}, {-k[1], 1}}.times(s.p)
}

func close6(a, b float64) bool { return math.Abs(a-b) <= 1e-9*(1+math.Abs(b)) }

// TestFilterIsTheTextbooks runs the filter beside the matrices for a while, with unequal steps.
func TestFilterIsTheTextbooks(t *testing.T) {
	f := filter{value: 3, speed: -2, pvv: 0.5, pvs: 0.1, pss: 4}
	want := state{[2]float64{3, -2}, matrix{{0.5, 0.1}, {0.1, 4}}}
	for i := range 20 {
		dt, power, z, r := 0.05+0.03*float64(i%4), 0.7+0.2*float64(i%3), 5*math.Sin(float64(i)), 0.3+0.1*float64(i%5)
		f.predict(dt, power)
		want.predict(dt, power)
		if i%3 != 1 {
			f.update(z, r)
			want.update(z, r)
		}
		if !close6(f.value, want.x[0]) || !close6(f.speed, want.x[1]) || !close6(f.pvv, want.p[0][0]) || !close6(f.pvs, want.p[0][1]) || !close6(f.pss, want.p[1][1]) {
			t.Fatalf("step %d: %+v, want %+v", i, f, want)
		}
	}
}

// TestMotionIsSORTs holds the four filters of a box to the noises that they are to have, in shares of the face's size and area.
func TestMotionIsSORTs(t *testing.T) {
	box := frame.Box{X0: 100, Y0: 200, X1: 140, Y1: 290} // 40 x 90: size 60, area 3600
	const size, area, aspect = 60.0, 3600.0, 40.0 / 90
	m := newMotion(box)
	start := func(v, noise, speed float64) state {
		return state{[2]float64{v, 0}, matrix{{noise * noise, 0}, {0, speed * speed}}}
	}
	x, y := start(120, placeNoise*size, placeSpeed*size), start(245, placeNoise*size, placeSpeed*size)
	a, r := start(area, areaNoise*area, areaSpeed*area), start(aspect, aspectNoise*aspect, 0)
	const dt = 0.2
	m.predict(dt)
	x.predict(dt, placeAccel*area)
	y.predict(dt, placeAccel*area)
	a.predict(dt, areaAccel*area*area)
	r.p[0][0] += aspectDrift * dt * aspect * aspect
	next := frame.Box{X0: 110, Y0: 190, X1: 160, Y1: 270} // 50 x 80: area 4000
	m.update(next)
	x.update(135, math.Pow(placeNoise, 2)*4000)
	y.update(230, math.Pow(placeNoise, 2)*4000)
	a.update(4000, math.Pow(areaNoise*4000, 2))
	r.update(50.0/80, math.Pow(aspectNoise*50/80, 2))
	for _, c := range []struct {
		name string
		got  filter
		want state
	}{{"x", m.x, x}, {"y", m.y, y}, {"area", m.area, a}, {"aspect", m.aspect, r}} {
		// Boxes are float32, so the last digits differ.
		if math.Abs(c.got.value-c.want.x[0]) > 1e-5*c.want.x[0] || math.Abs(c.got.speed-c.want.x[1]) > 1e-4*(1+math.Abs(c.want.x[1])) || math.Abs(c.got.pvv-c.want.p[0][0]) > 1e-5*c.want.p[0][0] {
			t.Errorf("%s: %+v, want %+v", c.name, c.got, c.want)
		}
	}
	got := m.box()
	w := math.Sqrt(m.area.value * m.aspect.value)
	if !close6(float64(got.Width()), float64(float32(w))) && math.Abs(float64(got.Width())-w) > 1e-3 || math.Abs(float64(got.Height())-m.area.value/w) > 1e-3 {
		t.Errorf("box %v, want %v wide", got, w)
	}
}

// TestMotionIsBounded: a box shrinks to a quarter of its area at most in one step, and time beyond maxPrediction does not count.
func TestMotionIsBounded(t *testing.T) {
	m := newMotion(frame.Box{X1: 40, Y1: 40})
	m.area.speed = -1e6
	m.predict(0.1)
	if m.area.value != 1600/4 || m.area.speed != 0 {
		t.Errorf("area %v with speed %v, want a quarter of 1600 and no speed", m.area.value, m.area.speed)
	}
	m = newMotion(frame.Box{X1: 40, Y1: 40})
	m.area.speed = -1100 // to 500 in a second: above a quarter
	m.predict(1)
	if m.area.value != 500 || m.area.speed != -1100 {
		t.Errorf("area %v with speed %v, want 500 and -1100", m.area.value, m.area.speed)
	}
	one, long := newMotion(frame.Box{X1: 40, Y1: 40}), newMotion(frame.Box{X1: 40, Y1: 40})
	one.x.speed, long.x.speed = 10, 10
	one.predict(maxPrediction)
	long.predict(5 * maxPrediction)
	if one != long {
		t.Errorf("five seconds moved a box to %+v, want no more than a second does: %+v", long.x, one.x)
	}
}
