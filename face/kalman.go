package face

import (
	"math"

	"github.com/maskwarden/maskwarden/frame"
)

// How people move, in shares of the quantity itself, so that it holds at any distance. For the place, the quantity is the
// face's size (the root of its area).
const (
	placeNoise    = 0.05 // deviation of a detected center
	placeSpeed    = 2    // deviation of the speed of a face seen for the first time, a second
	placeAccel    = 4    // power of the random acceleration, squared sizes a second cubed
	areaNoise     = 0.15
	areaSpeed     = 0.5
	areaAccel     = 0.5
	aspectNoise   = 0.1
	aspectDrift   = 0.05 // power of the aspect's random walk, a second
	maxPrediction = 1.0  // seconds; longer motion is not believed
)

// filter is a Kalman filter of a value and its speed.
type filter struct {
	value, speed  float64
	pvv, pvs, pss float64 // covariance
}

// predict moves the filter dt seconds on, with white noise of the given power as acceleration.
func (f *filter) predict(dt, power float64) {
	f.value += f.speed * dt
	f.pvv += dt*(2*f.pvs+dt*f.pss) + power*dt*dt*dt/3
	f.pvs += dt*f.pss + power*dt*dt/2
	f.pss += power * dt
}

// update takes in a measurement of the given variance.
func (f *filter) update(measured, variance float64) {
	gainValue, gainSpeed := f.pvv/(f.pvv+variance), f.pvs/(f.pvv+variance)
	off := measured - f.value
	f.value += gainValue * off
	f.speed += gainSpeed * off
	f.pss -= gainSpeed * f.pvs
	f.pvs -= gainValue * f.pvs
	f.pvv -= gainValue * f.pvv
}

// motion is SORT's model of a box: center and area with their speeds, and aspect. SORT's 7 x 7 matrices have no entry
// that ties one of these to another, so that four small filters give the same result.
type motion struct {
	x, y, area, aspect filter
}

func newMotion(b frame.Box) motion {
	x, y, area, aspect := measure(b)
	start := func(value, size, noise, speed float64) filter {
		return filter{value: value, pvv: square(noise * size), pss: square(speed * size)}
	}
	size := math.Sqrt(area)
	return motion{
		x: start(x, size, placeNoise, placeSpeed), y: start(y, size, placeNoise, placeSpeed),
		area: start(area, area, areaNoise, areaSpeed), aspect: start(aspect, aspect, aspectNoise, 0),
	}
}

func (m *motion) predict(dt float64) {
	dt = min(dt, maxPrediction)
	m.x.predict(dt, placeAccel*m.area.value)
	m.y.predict(dt, placeAccel*m.area.value)
	before := m.area.value
	m.area.predict(dt, areaAccel*square(m.area.value))
	if m.area.value < before/4 { // a box does not shrink to nothing
		m.area.value, m.area.speed = before/4, 0
	}
	m.aspect.pvv += aspectDrift * dt * square(m.aspect.value)
}

func (m *motion) update(b frame.Box) {
	x, y, area, aspect := measure(b)
	m.x.update(x, square(placeNoise)*area)
	m.y.update(y, square(placeNoise)*area)
	m.area.update(area, square(areaNoise*area))
	m.aspect.update(aspect, square(aspectNoise*aspect))
}

func (m *motion) box() frame.Box {
	w := math.Sqrt(m.area.value * m.aspect.value)
	h := m.area.value / w
	return frame.Box{
		X0: float32(m.x.value - w/2), Y0: float32(m.y.value - h/2),
		X1: float32(m.x.value + w/2), Y1: float32(m.y.value + h/2),
	}
}

func measure(b frame.Box) (x, y, area, aspect float64) {
	c := b.Center()
	return float64(c.X), float64(c.Y), float64(b.Area()), float64(b.Width() / b.Height())
}

func square(v float64) float64 { return v * v }
