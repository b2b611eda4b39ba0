package dataset

import (
	"crypto/sha256"
	"sync"

	"google.golang.org/protobuf/proto"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// maxLinted is how many contents are known at once. More than anybody has versions
// under way, and a few kilobytes.
const maxLinted = 512

// Linted lints each content once and knows it again by its hash: of a service, every
// call of a run brings the same dataset. It believes nobody: what it has not linted
// itself, in this process, it lints. The zero value is ready, and safe for concurrent
// use.
type Linted struct {
	mu    sync.Mutex
	clean map[[sha256.Size]byte]bool
	order [][sha256.Size]byte
	// times counts how often something was linted.
	times int
}

// Lint is Lint, and does nothing for a content that it has found free of mistakes.
func (l *Linted) Lint(d *datasetv1.Dataset) Mistakes {
	content, err := proto.MarshalOptions{Deterministic: true}.Marshal(d)
	if err != nil {
		return Lint(d) // it says what is wrong with what cannot be written, such as text that is not UTF-8
	}
	hash := sha256.Sum256(content)
	if l.knows(hash) {
		return nil
	}
	mistakes := Lint(d)
	l.note(hash, len(mistakes) == 0)
	return mistakes
}

func (l *Linted) knows(hash [sha256.Size]byte) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.clean[hash]
}

// note remembers what is free of mistakes, and forgets what it has known longest.
func (l *Linted) note(hash [sha256.Size]byte, clean bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.times++
	if !clean || l.clean[hash] {
		return
	}
	if l.clean == nil {
		l.clean = map[[sha256.Size]byte]bool{}
	}
	if len(l.order) == maxLinted {
		delete(l.clean, l.order[0])
		l.order = l.order[1:]
	}
	l.clean[hash] = true
	l.order = append(l.order, hash)
}
