package pipeline

import (
	"errors"

	"github.com/maskwarden/maskwarden/config"
	"github.com/maskwarden/maskwarden/pack"
	"github.com/maskwarden/maskwarden/selftest"
	"github.com/maskwarden/maskwarden/selftest/model"
)

// Prove is an error unless the classifier in use gives the pack's known answers.
func (e *Engine) Prove() error { return prove(e.Pack, e.SharedClassifier()) }

// ProveUnsigned is an error unless each of a pack's models gives its known answers on TensorFlow Lite's own kernels. Whoever signs the pack
// vouches for them.
func ProveUnsigned(c *config.Config, dir string, role pack.Role) error {
	kinds := []pack.Kind{pack.Float32}
	for i := 0; i < len(kinds); i++ {
		p, err := pack.OpenUnsigned(dir, kinds[i])
		if err != nil {
			return err
		}
		p.Role = role
		if i == 0 {
			for _, k := range pack.Kinds()[1:] {
				if p.Manifest.Models[k] != "" {
					kinds = append(kinds, k)
				}
			}
		}
		classifier, closeAll, err := (&Engine{Config: c, Pack: p}).OpenReference()
		if err != nil {
			return err
		}
		err = prove(p, classifier)
		closeAll()
		if err != nil {
			return err
		}
	}
	return nil
}

func prove(p *pack.Pack, by model.Classifier) error {
	r := model.Known(p, by)
	if r.Result == selftest.Pass {
		return nil
	}
	return errors.New(p.Dir + ": wrong answers: " + r.Detail)
}
