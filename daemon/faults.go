//go:build faults

package daemon

import (
	"fmt"
	"maps"
	"os"
	"slices"
)

// faultVariable names the fault that a build with the tag faults has.
const faultVariable = "MASKWARDEN_FAULT"

// Faults are the names of all faults that an inspection can be given.
func Faults() []string { return slices.Sorted(maps.Keys(faults())) }

// injure gives the inspection the fault that the environment names.
func (i *Inspection) injure() error {
	name := os.Getenv(faultVariable)
	if name == "" {
		return nil
	}
	injury, ok := faults()[name]
	if !ok {
		return fmt.Errorf("%s=%s: want one of %v", faultVariable, name, Faults())
	}
	i.Logger.Warn("this unit was made ill on purpose", "fault", name)
	if err := injury(i); err != nil {
		return fmt.Errorf("%s=%s: %w", faultVariable, name, err)
	}
	return nil
}

// faults are all injuries by name.
func faults() map[string]func(*Inspection) error {
	return map[string]func(*Inspection) error{
		"flip_weights":     flipWeights,
		"swap_labels":      swapLabels,
		"break_delegate":   breakDelegate,
		"lose_delegate":    loseDelegate,
		"learn_answers":    learnAnswers,
		"forget_light":     forgetLight,
		"pass_unmasked":    weakUnmasked(0, 4),
		"turn_aside":       weakUnmasked(1, 2),
		"weak_in_dark":     weakInDark,
		"stop_smoothing":   stopSmoothing,
		"blind_detector":   blindDetector,
		"alter_model_file": alterFile("model.tflite"),
		"alter_pack":       alterFile("savedmodel/saved_model.pb"),
		"alter_patch":      alterFile("patches/none-correct-5.png"),

		"stop_masking":       askThrough(stopMasking),
		"shift_masks":        defendBy(shiftMasks),
		"other_fill":         defendBy(otherFill),
		"late_masks":         lateMasks,
		"numb_squeezers":     askThrough(numbSqueezers),
		"raise_threshold":    defendBy(raiseThreshold),
		"forge_certificates": forgeCertificates,
		"forget_strangers":   forgetStrangers,

		"lose_camera":   loseCamera,
		"slow_camera":   alterCamera(slow),
		"freeze_camera": alterCamera(freeze),
		"darken_camera": alterCamera(darken),
		"blur_camera":   alterCamera(blur),
		"block_camera":  alterCamera(block),
		"move_camera":   alterCamera(move),
		"turn_camera":   alterCamera(turn),

		"jump_clock":    jumpClock,
		"fill_disk":     fillDisk,
		"fill_memory":   fillMemory,
		"overheat":      overheat,
		"throttle":      throttle,
		"alter_spool":   alterSpool,
		"break_broker":  breakBroker,
		"deaf_watchdog": deafWatchdog,
	}
}
