package privatepg

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// process is a running postmaster that this process started.
type process struct {
	pid   int
	began time.Time
	done  chan struct{} // closed when it has ended and is waited for
	exit  error         // how it ended, never nil; read it after done
}

var errExitedQuietly = errors.New("exit status 0")

// launch starts a postmaster, which is asked for a fast shutdown should this process be
// killed. A goroutine keeps its thread for as long as the server lives: on Linux the
// parent-death signal is tied to the thread that forked, and would otherwise stop the
// server when the runtime lets that thread go.
func launch(cmd *exec.Cmd) (*process, error) {
	dieWithParent(cmd.SysProcAttr, syscall.SIGINT)
	p := &process{began: time.Now(), done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		if err == nil {
			p.pid = cmd.Process.Pid
		}
		started <- err
		if err == nil {
			p.exit = cmp.Or(cmd.Wait(), errExitedQuietly)
			close(p.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	return p, nil
}

// ended says whether the postmaster is gone.
func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// stop shuts the server down fast: sessions are cut off, everything is written. When
// the context ends first, it is told to stop at once, which leaves its next start to
// recover; nothing that was committed is lost.
func (p *process) stop(ctx context.Context) error {
	if p.ended() {
		return nil
	}
	_ = syscall.Kill(p.pid, syscall.SIGINT)
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
	}
	_ = syscall.Kill(p.pid, syscall.SIGQUIT)
	select {
	case <-p.done:
		return fmt.Errorf("stop PostgreSQL in order: %w; it was stopped at once, and recovers at its next start", ctx.Err())
	case <-time.After(10 * time.Second):
		return errors.Join(fmt.Errorf("stop PostgreSQL: %w", ctx.Err()), p.kill())
	}
}

// kill ends the postmaster and all its children as a crash would. The postmaster is
// held first, so that it forks no more while its children are listed: they have
// sessions of their own, and no signal to a group reaches them.
func (p *process) kill() error {
	if p.ended() {
		return nil
	}
	_ = syscall.Kill(p.pid, syscall.SIGSTOP)
	until(time.Second, func() bool { return held(p.pid) })
	family := children(p.pid)
	_ = syscall.Kill(p.pid, syscall.SIGKILL)
	for _, child := range family {
		_ = syscall.Kill(child, syscall.SIGKILL)
	}
	<-p.done
	gone := func() bool {
		for _, child := range family {
			if alive(child) {
				return false
			}
		}
		return true
	}
	if !until(10*time.Second, gone) {
		return fmt.Errorf("kill PostgreSQL: processes among %v are still there", family)
	}
	return nil
}

// until asks again and again, until the answer is yes or the time is over.
func until(limit time.Duration, yes func() bool) bool {
	for deadline := time.Now().Add(limit); ; time.Sleep(5 * time.Millisecond) {
		if yes() {
			return true
		}
		if time.Now().After(deadline) {
			return false
		}
	}
}

// signalAndWait signals a process that is no child of ours and waits until it is gone.
func signalAndWait(ctx context.Context, pid int, sig syscall.Signal, limit time.Duration) bool {
	if err := syscall.Kill(pid, sig); errors.Is(err, os.ErrPermission) {
		return false
	}
	return until(limit, func() bool { return ctx.Err() != nil || !alive(pid) }) && ctx.Err() == nil
}
