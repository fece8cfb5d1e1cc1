//go:build race

package outbox

const raceEnabled = true // repetitions are slow with it, and there are fewer
