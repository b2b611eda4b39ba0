package trail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Stdout is the name of the process's own output as a destination.
const Stdout = "stdout"

// postLimit is how long a server may take to take a checkpoint.
const postLimit = 10 * time.Second

// Destinations reads where checkpoints go: stdout, an absolute path of a file that they are
// appended to, or an address that each is posted to. Errors: what is none of these.
func Destinations(names []string, stdout io.Writer) ([]Destination, error) {
	var all []Destination
	for _, name := range names {
		to, err := destination(name, stdout)
		if err != nil {
			return nil, fmt.Errorf("audit-checkpoints: %w", err)
		}
		all = append(all, to)
	}
	return all, nil
}

func destination(name string, stdout io.Writer) (Destination, error) {
	if name == Stdout {
		return &stream{out: stdout}, nil
	}
	if filepath.IsAbs(name) {
		return file(name), nil
	}
	u, err := url.Parse(name)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("expected stdout, the absolute path of a file, or an address that begins with https:// or http://")
	}
	return post{address: name, shown: u.Scheme + "://" + u.Host + u.Path, client: &http.Client{Timeout: postLimit}}, nil
}

// stream writes checkpoints to the process's own output.
type stream struct {
	mu  sync.Mutex
	out io.Writer
}

// Send writes a line.
func (s *stream) Send(_ context.Context, line []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.out.Write(line)
	return err
}

// String names it.
func (s *stream) String() string { return Stdout }

// file is a file that checkpoints are appended to. It is opened for each, so that it can be
// moved away.
type file string

// Send appends a line, and has it on the disk when it returns.
func (f file) Send(_ context.Context, line []byte) error {
	out, err := os.OpenFile(string(f), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o640)
	if err != nil {
		return err
	}
	_, err = out.Write(line)
	return errors.Join(err, out.Sync(), out.Close())
}

// String names it.
func (f file) String() string { return string(f) }

// post posts checkpoints to a server.
type post struct {
	address, shown string
	client         *http.Client
}

// Send posts a checkpoint. Whatever is not a status of success is an error.
func (p post) Send(ctx context.Context, line []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.address, bytes.NewReader(line))
	if err != nil {
		return errors.New("the address cannot be asked")
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := p.client.Do(req)
	if err != nil {
		var asked *url.Error
		if errors.As(err, &asked) { // which repeats the whole address
			err = asked.Err
		}
		return err
	}
	_ = resp.Body.Close() // nothing in it is wanted
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("it answers %s", resp.Status)
	}
	return nil
}

// String names it, without a password and a query, which may hold one.
func (p post) String() string { return p.shown }
