package command

import (
	"io"
	"os"
	"os/user"
	"strconv"
	"time"

	"golang.org/x/term"
)

// Process is what sfctl takes from the process that it runs in, given, so that a
// test can give it as well.
type Process struct {
	// Args are the arguments after the program's name.
	Args []string
	// Env looks up the environment.
	Env func(string) (string, bool)
	In  io.Reader
	Out io.Writer
	Err io.Writer
	// OutTerminal and ErrTerminal say whether a person sees Out and Err.
	OutTerminal, ErrTerminal bool
	// Width is the number of columns of the terminal.
	Width func() int
	// Now is the clock that ages are told by.
	Now func() time.Time
	// User is who asks, unless SFCTL_USER says otherwise.
	User string
	// Patience is how long a wait goes on while nothing answers; 0 for the default.
	Patience time.Duration
}

// OS returns the process that this program runs in.
func OS() Process {
	return Process{
		Args: os.Args[1:], Env: os.LookupEnv, In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		OutTerminal: isTerminal(os.Stdout), ErrTerminal: isTerminal(os.Stderr),
		Width: terminalWidth, Now: time.Now, User: osUser(),
	}
}

func isTerminal(f *os.File) bool {
	return term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb"
}

// defaultWidth is that of a terminal which does not tell its own.
const defaultWidth = 80

func terminalWidth() int {
	if w, _, err := term.GetSize(int(os.Stderr.Fd())); err == nil && w > 0 {
		return w
	}
	if w, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && w > 0 {
		return w
	}
	return defaultWidth
}

// osUser is user@host, as far as the system knows them.
func osUser() string {
	name := "unknown"
	if u, err := user.Current(); err == nil && u.Username != "" {
		name = u.Username
	} else if v := os.Getenv("USER"); v != "" {
		name = v
	}
	if host, err := os.Hostname(); err == nil && host != "" {
		name += "@" + host
	}
	return name
}
