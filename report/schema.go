package report

import _ "embed" // the schemas are part of the program

// Payloads of the availability topic.
const (
	Online  = "online"
	Offline = "offline"
)

var (
	//go:embed schema/event.json
	eventSchema string
	//go:embed schema/state.json
	stateSchema string
	//go:embed schema/loss.json
	lossSchema string
	//go:embed schema/result.json
	resultSchema string
	//go:embed schema/availability.json
	availabilitySchema string
)

// EventJSONSchema returns the JSON Schema (2020-12) of an event.
func EventJSONSchema() []byte { return []byte(eventSchema) }

// StateJSONSchema returns the JSON Schema (2020-12) of a state.
func StateJSONSchema() []byte { return []byte(stateSchema) }

// LossJSONSchema returns the JSON Schema (2020-12) of a message about lost events.
func LossJSONSchema() []byte { return []byte(lossSchema) }

// ResultJSONSchema returns the JSON Schema (2020-12) of the answer to a command.
func ResultJSONSchema() []byte { return []byte(resultSchema) }

// AvailabilityJSONSchema returns the JSON Schema (2020-12) of an availability payload, the word taken as a string.
func AvailabilityJSONSchema() []byte { return []byte(availabilitySchema) }
