package privatepg

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/streamflow/streamflow/platform/problem"
)

// takeLock makes this process the one that runs the folder's server. The system
// gives the lock back when the process ends, however it ends; the server does not
// inherit it, so a server that outlived its program keeps nobody out.
func takeLock(l layout) (*os.File, error) {
	f, err := os.OpenFile(l.lock(), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		holder := holderOf(f)
		_ = f.Close()
		return nil, problem.New(problem.PostgresNotStarted,
			"the data folder %s is in use by the running process %s; stop it first, or choose another data folder", l.dir, holder)
	}
	if err == nil {
		err = signLock(f)
	}
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("lock %s: %w", l.lock(), err)
	}
	return f, nil
}

// giveLock gives the lock back. To close the file is not enough: a process that is being
// started at this moment has it open as well, until it has become another program.
func giveLock(f *os.File) error {
	return errors.Join(unix.Flock(int(f.Fd()), unix.LOCK_UN), f.Close())
}

// signLock writes who holds the lock, for the message to who comes second.
func signLock(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

func holderOf(f *os.File) string {
	b := make([]byte, 32)
	n, _ := f.ReadAt(b, 0)
	if s := strings.TrimSpace(string(b[:n])); s != "" {
		return s
	}
	return "of an unknown number"
}
