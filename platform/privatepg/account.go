package privatepg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"github.com/streamflow/streamflow/platform/problem"
)

// account is the user that PostgreSQL's programs run as.
type account struct {
	name     string
	uid, gid uint32
	// switched is true where this process is root and gives up its rights for them.
	switched bool
}

// unprivileged lists whom root runs the server as, the first that exists.
var unprivileged = []string{"postgres", "_postgres", "nobody"}

// chooseAccount returns who runs the cluster of a folder.
func chooseAccount(pgdata string) (*account, error) {
	owner, err := ownerOf(pgdata)
	if err != nil {
		return nil, fmt.Errorf("look at %s: %w", pgdata, err)
	}
	return settle(os.Geteuid(), os.Getegid(), pgdata, owner)
}

// settle says who runs a cluster: the user that we are, who must own it; or, when we
// are root, its owner, and for a new one (owner nil) an unprivileged user.
func settle(uid, gid int, pgdata string, owner *account) (*account, error) {
	switch {
	case uid != 0 && owner != nil && int(owner.uid) != uid:
		return nil, problem.New(problem.PostgresNotStarted,
			"the cluster in %s belongs to the user %s; run as that user or as root, or choose another data folder", pgdata, owner.name)
	case uid != 0:
		return &account{name: strconv.Itoa(uid), uid: uint32(uid), gid: uint32(gid)}, nil
	case owner != nil && owner.uid == 0:
		return nil, problem.New(problem.PostgresNotStarted,
			"the cluster in %s belongs to root, and PostgreSQL does not run as root; give it to an unprivileged user (chown -R postgres), or choose another data folder", pgdata)
	case owner != nil:
		return &account{name: owner.name, uid: owner.uid, gid: owner.gid, switched: true}, nil
	default:
		return findUnprivileged()
	}
}

// ownerOf returns who owns a path, and nil where nothing is there.
func ownerOf(path string) (*account, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil, fmt.Errorf("the system does not tell the owner of %s", path)
	}
	a := &account{name: strconv.FormatUint(uint64(st.Uid), 10), uid: st.Uid, gid: st.Gid}
	if u, err := user.LookupId(a.name); err == nil {
		a.name = u.Username
	}
	return a, nil
}

func findUnprivileged() (*account, error) {
	for _, name := range unprivileged {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := identifier(u.Uid)
		gid, gidErr := identifier(u.Gid)
		if err := errors.Join(uidErr, gidErr); err != nil {
			return nil, fmt.Errorf("user %s: %w", name, err)
		}
		return &account{name: name, uid: uid, gid: gid, switched: true}, nil
	}
	return nil, problem.New(problem.PostgresNotStarted,
		"PostgreSQL does not run as root, and there is no user %s to run it as; run as a plain user, or add one (useradd --system postgres)",
		strings.Join(unprivileged, " or "))
}

// identifier reads a user or group number; macOS writes that of nobody as -2.
func identifier(s string) (uint32, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, err
	}
	return uint32(n & 0xffffffff), nil
}

// command prepares a program of PostgreSQL to run as the account, in a folder that
// it can enter, with an environment that no PG* variable of the user reaches.
func (a *account) command(dir, program string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...) //nolint:noctx // the server outlives the context of its start; who runs a short one waits with a limit
	cmd.Dir = dir
	cmd.Env = []string{"HOME=" + dir, "PWD=" + dir, "LC_ALL=C", "PATH=" + os.Getenv("PATH")}
	for _, name := range []string{"LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"} {
		if v := os.Getenv(name); v != "" {
			cmd.Env = append(cmd.Env, name+"="+v)
		}
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if a.switched {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid}
	}
	return cmd
}

// run runs a program of PostgreSQL to its end and returns what it printed. When the
// context ends first, or this process is killed, it is killed, too.
func run(ctx context.Context, a *account, dir, program string, args ...string) (string, error) {
	var out strings.Builder
	cmd := a.command(dir, program, args...)
	cmd.Stdout, cmd.Stderr = &out, &out
	dieWithParent(cmd.SysProcAttr, syscall.SIGKILL)
	runtime.LockOSThread() // the parent that counts is this thread
	defer runtime.UnlockOSThread()
	if err := cmd.Start(); err != nil {
		return "", err
	}
	stop := context.AfterFunc(ctx, func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
	defer stop()
	err := cmd.Wait()
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return out.String(), err
}
