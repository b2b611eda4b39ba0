// Package config reads settings from flags and the environment, flags first. Each
// setting is declared once, with both names and what it does; -h lists them.
package config

import (
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// Set is a set of settings. Make one with New, declare settings, then Parse.
type Set struct {
	flags *flag.FlagSet
	env   func(string) (string, bool)
	errs  []error
}

// New returns an empty set for a program. env looks up the environment; nil means
// the process's own.
func New(program string, out io.Writer, env func(string) (string, bool)) *Set {
	if env == nil {
		env = os.LookupEnv
	}
	fs := flag.NewFlagSet(program, flag.ContinueOnError)
	fs.SetOutput(out)
	return &Set{flags: fs, env: env}
}

// Lead sets what -h says before the list of the settings.
func (s *Set) Lead(format string, args ...any) {
	s.flags.Usage = func() {
		_, _ = fmt.Fprintf(s.flags.Output(), format, args...) // nobody left to tell
		s.flags.PrintDefaults()
	}
}

// String declares a text setting; *p holds its default.
func (s *Set) String(p *string, name, env, usage string) {
	s.flags.StringVar(p, name, *p, describe(usage, env))
	s.fromEnv(name, env, "")
}

// Duration declares a duration setting, such as 10s; *p holds its default.
func (s *Set) Duration(p *time.Duration, name, env, usage string) {
	s.flags.DurationVar(p, name, *p, describe(usage, env))
	s.fromEnv(name, env, "a time, such as 10s")
}

// Int declares a whole number; *p holds its default.
func (s *Set) Int(p *int, name, env, usage string) {
	s.flags.IntVar(p, name, *p, describe(usage, env))
	s.fromEnv(name, env, "a whole number")
}

// Bool declares what is so or not; *p holds its default. The environment says true or
// false, the flag by itself says true.
func (s *Set) Bool(p *bool, name, env, usage string) {
	s.flags.BoolVar(p, name, *p, describe(usage, env))
	s.fromEnv(name, env, "true or false")
}

// List declares a setting of several values: the flag once per value, or the
// environment with values separated by commas. Giving any replaces the default.
func (s *Set) List(p *[]string, name, env, usage string) {
	s.flags.Var(&list{p: p}, name, describe(usage, env))
	s.fromEnv(name, env, "")
}

// EnvOnly declares a text setting that has no flag: what stands in a command line is
// read by every user of the machine.
func (s *Set) EnvOnly(p *string, env string) {
	if v, ok := s.env(env); ok && v != "" {
		*p = v
	}
}

// fromEnv takes a setting from the environment, where it is set. want says what it takes.
func (s *Set) fromEnv(name, env, want string) {
	v, ok := s.env(env)
	if !ok || v == "" {
		return
	}
	f := s.flags.Lookup(name)
	if err := f.Value.Set(v); err != nil {
		s.errs = append(s.errs, fmt.Errorf("%s=%q: expected %s: %w", env, v, want, err))
	}
	if l, ok := f.Value.(*list); ok {
		l.given = false // a flag replaces the environment's values, too
	}
}

// Parse reads the flags and returns what is left. It returns flag.ErrHelp where
// help was asked for and printed.
func (s *Set) Parse(args []string) ([]string, error) {
	if len(s.errs) > 0 {
		return nil, s.errs[0]
	}
	if err := s.flags.Parse(args); err != nil {
		return nil, err
	}
	return s.flags.Args(), nil
}

func describe(usage, env string) string { return usage + " [" + env + "]" }

type list struct {
	p     *[]string
	given bool
}

// String writes the values with commas between them. The flag package calls it on a zero
// list as well, which has none.
func (l *list) String() string {
	if l.p == nil {
		return ""
	}
	return strings.Join(*l.p, ",")
}

// Set adds the values of a comma-separated text, without the blanks around them. The first
// call replaces the defaults. It never fails.
func (l *list) Set(v string) error {
	if !l.given {
		*l.p, l.given = nil, true
	}
	for _, part := range strings.Split(v, ",") {
		if part = strings.TrimSpace(part); part != "" {
			*l.p = append(*l.p, part)
		}
	}
	return nil
}
