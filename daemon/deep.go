package daemon

import (
	"github.com/maskwarden/maskwarden/memory"
	"github.com/maskwarden/maskwarden/savedmodel"
	"github.com/maskwarden/maskwarden/selftest/deep"
)

// study opens the pack's SavedModel, which the deep checks attack; without TensorFlow it fails with savedmodel.ErrLite.
func (i *Inspection) study() error {
	if !i.Options.Deep {
		return nil
	}
	memory.Keep()
	n, err := savedmodel.Open(i.engine.Pack, i.Config.Classifier.Threads)
	if err != nil {
		return err
	}
	i.network = n
	i.ends = append(i.ends, n.Close, func() error {
		for _, f := range i.crops {
			clear(f)
		}
		return nil
	})
	return nil
}

// deep is what attacks the model in use, nil where that was not asked for.
func (i *Inspection) deep() *deep.Suite {
	if i.network == nil {
		return nil
	}
	return &deep.Suite{
		Pack: i.engine.Pack, Network: i.network, Classifier: i.unit.Model.Classifier, Smoother: i.unit.Model.Smoother,
		Pictures: i.Options.Pictures,
		Crops:    func() ([][]byte, error) { return i.crops, nil },
	}
}
