//go:build ignore

// Mutate breaks single places of a package, one at a time, and says which breaks its tests do not notice:
//
//	go run mk/mutate.go [-sample 60] [-seed 1] ./decision ./health
//
// The files stay as they are: each break goes to the compiler as an overlay. Breaks that do not compile are not counted.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// mutant is one break: apply makes it in the syntax tree, and undo takes it back.
type mutant struct {
	file        string
	line        int
	what        string
	apply, undo func()
}

func main() {
	sample := flag.Int("sample", 0, "try so many breaks of each package, drawn at random; 0: all")
	seed := flag.Uint64("seed", 1, "of the random choice")
	limit := flag.Duration("timeout", time.Minute, "a test that takes longer has noticed")
	tags := flag.String("tags", "", "build tags")
	flag.Parse()
	killed, all := 0, 0
	for _, dir := range flag.Args() {
		k, n, err := try(dir, *sample, *seed, *limit, *tags)
		if err != nil {
			fmt.Fprintln(os.Stderr, "Error:", err)
			os.Exit(1)
		}
		fmt.Printf("%s: %d of %d noticed, %.2f\n", dir, k, n, float64(k)/float64(max(1, n)))
		killed, all = killed+k, all+n
	}
	fmt.Printf("together: %d of %d noticed, %.2f\n", killed, all, float64(killed)/float64(max(1, all)))
}

// try breaks one package.
func try(dir string, sample int, seed uint64, limit time.Duration, tags string) (killed, all int, err error) {
	if out, err := test(dir, "", limit, tags); err != nil {
		return 0, 0, fmt.Errorf("%s: the tests fail without any break: %s", dir, out)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return 0, 0, err
	}
	folder, err := os.MkdirTemp("", "mutate-")
	if err != nil {
		return 0, 0, err
	}
	defer os.RemoveAll(folder)
	var mutants []mutant
	trees := map[string]*ast.File{}
	set := token.NewFileSet()
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(set, file, nil, parser.ParseComments)
		if err != nil {
			return 0, 0, err
		}
		trees[file] = tree
		mutants = append(mutants, find(set, file, tree)...)
	}
	random := rand.New(rand.NewPCG(seed, 0))
	random.Shuffle(len(mutants), func(i, j int) { mutants[i], mutants[j] = mutants[j], mutants[i] })
	for _, m := range mutants {
		if sample > 0 && all == sample {
			break
		}
		m.apply()
		overlay, err := write(folder, set, m.file, trees[m.file])
		m.undo()
		if err != nil {
			return 0, 0, err
		}
		out, err := test(dir, overlay, limit, tags)
		if strings.Contains(out, "[build failed]") || strings.Contains(out, "[setup failed]") {
			continue
		}
		all++
		if err != nil {
			killed++
			continue
		}
		fmt.Printf("survived: %s:%d: %s\n", m.file, m.line, m.what)
	}
	return killed, all, nil
}

// write prints a broken tree, and returns the overlay file that names it.
func write(folder string, set *token.FileSet, file string, tree *ast.File) (string, error) {
	var b bytes.Buffer
	if err := format.Node(&b, set, tree); err != nil {
		return "", err
	}
	broken := filepath.Join(folder, "broken.go")
	if err := os.WriteFile(broken, b.Bytes(), 0o600); err != nil {
		return "", err
	}
	whole, err := filepath.Abs(file)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(map[string]any{"Replace": map[string]string{whole: broken}})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(folder, "overlay.json")
	return overlay, os.WriteFile(overlay, text, 0o600)
}

func test(dir, overlay string, limit time.Duration, tags string) (string, error) {
	args := []string{"test", "-vet=off", "-failfast", "-count=1", "-tags", tags, "-timeout", limit.String()}
	if overlay != "" {
		args = append(args, "-overlay", overlay)
	}
	out, err := exec.Command("go", append(args, "./"+filepath.Clean(dir))...).CombinedOutput()
	return string(out), err
}

// find lists the breaks of a file.
func find(set *token.FileSet, file string, tree *ast.File) (found []mutant) {
	add := func(at token.Pos, what string, apply, undo func()) {
		found = append(found, mutant{file, set.Position(at).Line, what, apply, undo})
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			was := n.Op
			for _, op := range swaps(was) {
				add(n.OpPos, fmt.Sprintf("%s became %s", was, op), func() { n.Op = op }, func() { n.Op = was })
			}
		case *ast.IfStmt:
			was := n.Cond
			add(n.If, "condition inverted", func() { n.Cond = &ast.UnaryExpr{Op: token.NOT, X: &ast.ParenExpr{X: was}} }, func() { n.Cond = was })
		case *ast.IncDecStmt:
			was := n.Tok
			add(n.TokPos, was.String()+" inverted", func() { n.Tok = token.INC + token.DEC - was }, func() { n.Tok = was })
		case *ast.BranchStmt:
			if was := n.Tok; n.Label == nil && (was == token.BREAK || was == token.CONTINUE) {
				add(n.TokPos, was.String()+" swapped", func() { n.Tok = token.BREAK + token.CONTINUE - was }, func() { n.Tok = was })
			}
		case *ast.BasicLit:
			if v, err := strconv.Atoi(n.Value); n.Kind == token.INT && err == nil {
				was := n.Value
				add(n.ValuePos, was+" became "+strconv.Itoa(v+1), func() { n.Value = strconv.Itoa(v + 1) }, func() { n.Value = was })
			}
		case *ast.Ident:
			if was := n.Name; was == "true" || was == "false" {
				flip := map[string]string{"true": "false", "false": "true"}[was]
				add(n.NamePos, was+" became "+flip, func() { n.Name = flip }, func() { n.Name = was })
			}
		case *ast.BlockStmt:
			for i, s := range n.List {
				if !removable(s) {
					continue
				}
				add(s.Pos(), "statement removed", func() { n.List[i] = &ast.EmptyStmt{} }, func() { n.List[i] = s })
			}
		}
		return true
	})
	return found
}

// removable are statements whose loss still compiles: calls, and assignments to what is there already.
func removable(s ast.Stmt) bool {
	switch s := s.(type) {
	case *ast.ExprStmt, *ast.IncDecStmt:
		return true
	case *ast.AssignStmt:
		return s.Tok != token.DEFINE
	}
	return false
}

func swaps(op token.Token) []token.Token {
	return map[token.Token][]token.Token{
		token.LSS: {token.LEQ, token.GEQ}, token.LEQ: {token.LSS, token.GTR}, token.GTR: {token.GEQ, token.LEQ}, token.GEQ: {token.GTR, token.LSS},
		token.EQL: {token.NEQ}, token.NEQ: {token.EQL}, token.LAND: {token.LOR}, token.LOR: {token.LAND},
		token.ADD: {token.SUB}, token.SUB: {token.ADD}, token.MUL: {token.QUO}, token.QUO: {token.MUL}, token.REM: {token.MUL},
		token.AND: {token.OR}, token.OR: {token.AND}, token.SHL: {token.SHR}, token.SHR: {token.SHL},
	}[op]
}
