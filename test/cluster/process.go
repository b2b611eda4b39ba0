package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// process is one service as a child process.
type process struct {
	name string
	path string
	env  []string
	log  string
	cmd  *exec.Cmd
	done chan struct{}
}

// start starts the process; its output is appended to its log.
func (p *process) start() error {
	out, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("log of %s: %w", p.name, err)
	}
	defer func() { _ = out.Close() }()
	p.cmd = exec.Command(p.path, "serve") //nolint:noctx // stop ends it
	p.cmd.Env = append(withoutOurs(os.Environ()), p.env...)
	p.cmd.Stdout, p.cmd.Stderr = out, out
	// Its own group: Ctrl-C goes to the cluster, which stops it in order.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	p.done = make(chan struct{})
	go func(cmd *exec.Cmd, done chan struct{}) {
		_ = cmd.Wait()
		close(done)
	}(p.cmd, p.done)
	return nil
}

// withoutOurs keeps settings of the caller's own environment from reaching the
// services.
func withoutOurs(env []string) []string {
	return slices.DeleteFunc(slices.Clone(env), func(e string) bool {
		return strings.HasPrefix(e, "SF_") && !strings.HasPrefix(e, "SF_POSTGRES_BIN=")
	})
}

func (p *process) signal(s os.Signal) error {
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("signal %s: %w", p.name, err)
	}
	return nil
}

// end sends the signal and waits until the process is gone.
func (p *process) end(ctx context.Context, s os.Signal) error {
	if p.cmd == nil {
		return nil
	}
	if err := p.signal(s); err != nil {
		return err
	}
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
		_ = p.signal(syscall.SIGKILL)
		<-p.done
		return fmt.Errorf("%s did not stop in time: %w", p.name, ctx.Err())
	}
}

func (p *process) running() bool {
	if p.cmd == nil {
		return false
	}
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// lastLines returns the end of the process's log, for an error.
func (p *process) lastLines() string {
	text, err := os.ReadFile(filepath.Clean(p.log))
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-5):], "\n")
}

// stopWithin bounds a graceful stop; services allow calls ten seconds.
const stopWithin = 15 * time.Second
