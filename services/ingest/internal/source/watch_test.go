package source_test

import (
	"io"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/services/ingest/internal/source"
)

// Somebody puts a pipe in the place of a file in the moment between the look at it and
// its opening, again and again. Each time it is opened as a file or refused, and nobody
// waits for a writer who never comes.
func TestAPipeThatIsSwappedInForAFileIsNeverWaitedFor(t *testing.T) {
	t.Parallel()
	root, folder := tree(t)
	path, aside := filepath.Join(folder, "users.csv"), filepath.Join(folder, "aside")
	require.NoError(t, syscall.Mkfifo(aside, 0o600))
	f, err := source.Roots{root}.Open(folder)
	require.NoError(t, err)
	defer f.Close()
	stop := make(chan struct{})
	var swapping sync.WaitGroup
	swapping.Go(func() {
		for {
			select {
			case <-stop:
				return
			default: // what lies at path is a file, then a pipe, then a file
				_ = os.Rename(path, path+".file")
				_ = os.Rename(aside, path)
				_ = os.Rename(path, aside)
				_ = os.Rename(path+".file", path)
			}
		}
	})
	read, refused := 0, 0
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for began := time.Now(); time.Since(began) < 2*time.Second; {
			file, err := f.Open("users.csv")
			if err != nil {
				refused++
				continue
			}
			content, err := io.ReadAll(file)
			if err == nil && string(content) == "id\n1\n" {
				read++
			}
			_ = file.Close()
		}
	}()
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Fatal("still waiting for the writer of a pipe")
	}
	close(stop)
	swapping.Wait()
	require.Positive(t, read, "the file, where it was one")
	require.Positive(t, refused, "the pipe, where it was one")
}

func TestAWatchKnowsWhatIsWaitedFor(t *testing.T) {
	t.Parallel()
	var w source.Watch
	what, waited := w.Longest()
	require.Empty(t, what)
	require.Zero(t, waited)

	root, folder := tree(t)
	f, err := source.Roots{root}.Watched(folder, &w)
	require.NoError(t, err)
	defer f.Close()
	file, err := f.Open("users.csv")
	require.NoError(t, err)
	_, err = io.ReadAll(file)
	require.NoError(t, err)
	require.NoError(t, file.Close())

	what, _ = w.Longest()
	require.Empty(t, what, "what was answered is not waited for")
}
