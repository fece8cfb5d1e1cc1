//go:build tensorflow

package savedmodel

// #cgo LDFLAGS: -Wl,-rpath,\$ORIGIN/../share/maskwarden:\$ORIGIN/../.cache/tensorflow
import "C" // the library lies next to the program's models, or where mk/tensorflow put it

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	tf "github.com/tensorflow/tensorflow/tensorflow/go"
	core "github.com/tensorflow/tensorflow/tensorflow/go/core/protobuf/for_core_protos_go_proto"
	"google.golang.org/protobuf/proto"

	"github.com/maskwarden/maskwarden/pack"
)

// Network is a pack's SavedModel, loaded. It is for one goroutine at a time.
type Network struct {
	dir      string // of the SavedModel, for errors
	model    *tf.SavedModel
	logits   function
	gradient function
	pixels   int   // values of an image
	classes  int   // logits of an image
	held     int64 // bytes of tensors since the last collection, see run
	device   string
}

// Open loads the SavedModel of an opened pack, to run on so many threads, 1 to 64. Its files are checked again as they are read.
func Open(p *pack.Pack, threads int) (*Network, error) {
	n, err := open(p, threads)
	if err != nil {
		return nil, fmt.Errorf("model pack %s: %w", p.Dir, err)
	}
	return n, nil
}

func open(p *pack.Pack, threads int) (_ *Network, err error) {
	if threads < 1 || threads > 64 {
		return nil, fmt.Errorf("threads: %d, want 1 to 64", threads)
	}
	in := p.Manifest.Input
	if in.Color != "rgb" || in.Offset != 0 || float32(in.Scale) != float32(1)/255 {
		return nil, fmt.Errorf("input: color %s, scale %g, offset %g: a SavedModel takes rgb, 1/255 and 0: export the pack again with `make train`",
			in.Color, in.Scale, in.Offset)
	}
	dir, err := os.MkdirTemp("", "maskwarden-savedmodel-")
	if err != nil {
		return nil, fmt.Errorf("%w: set TMPDIR to a folder that can be written", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := p.CopySavedModel(dir); err != nil {
		return nil, err
	}
	options, err := session(threads)
	if err != nil {
		return nil, err
	}
	n := &Network{dir: filepath.Join(p.Dir, p.Manifest.SavedModel), pixels: in.Size(), classes: len(p.Manifest.Classes)}
	if n.model, err = tf.LoadSavedModel(dir, []string{"serve"}, options); err != nil {
		return nil, fmt.Errorf("%s: %w: export the pack again with `make train`, or build with the TensorFlow that it was made with (this is %s)",
			n.dir, err, tf.Version())
	}
	if n.device, err = deviceOf(n.model.Session); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", n.dir, err), n.Close())
	}
	image := []int64{-1, int64(in.Height), int64(in.Width), 3}
	class := []int64{-1, int64(n.classes)}
	if n.logits, err = n.find("serving_default", []port{{"image", image}}, port{"logits", class}); err == nil {
		n.gradient, err = n.find("vjp", []port{{"x", image}, {"cotangent", class}}, port{"gradient", image})
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w: export the pack again with `make train`", n.dir, err), n.Close())
	}
	return n, nil
}

func session(threads int) (*tf.SessionOptions, error) {
	// TensorFlow prints every file it opens; its errors are returned in any case.
	if _, set := os.LookupEnv("TF_CPP_MIN_LOG_LEVEL"); !set {
		if err := os.Setenv("TF_CPP_MIN_LOG_LEVEL", "2"); err != nil {
			return nil, err
		}
	}
	config, err := proto.Marshal(&core.ConfigProto{
		IntraOpParallelismThreads: int32(threads),
		InterOpParallelismThreads: -1,                                  // on the caller's thread: the graph is a chain, and a change of threads takes time
		GpuOptions:                &core.GPUOptions{AllowGrowth: true}, // else TensorFlow takes all memory of a GPU at once
	})
	if err != nil {
		return nil, err
	}
	return &tf.SessionOptions{Config: config}, nil
}

// Device is what runs the network: cpu, or gpu and its number.
func (n *Network) Device() string { return n.device }

// Version is that of the TensorFlow library in use.
func Version() string { return tf.Version() }

// Close frees the network. It may be called twice.
func (n *Network) Close() error {
	if n.model == nil {
		return nil
	}
	err := n.model.Session.Close()
	n.model = nil
	if err != nil {
		return fmt.Errorf("%s: %w", n.dir, err)
	}
	return nil
}
