package config

// Runtime is what runs the pack's model: TFLite, or TensorFlow in programs built with it.
type Runtime string

// The runtimes.
const (
	TFLite     Runtime = "tflite"     // TensorFlow Lite's C library runs the model that Classifier.Model names
	TensorFlow Runtime = "tensorflow" // TensorFlow runs the SavedModel
)

// UnmarshalText sets the runtime.
func (r *Runtime) UnmarshalText(b []byte) error { return oneOf(r, b, r.names()) }

func (r *Runtime) want() string { return either(r.names()) }

func (*Runtime) names() []string { return []string{string(TFLite), string(TensorFlow)} }
