package config_test

import (
	"bytes"
	"flag"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/config"
)

type values struct {
	name  string
	wait  time.Duration
	count int
	roots []string
	fast  bool
}

func parse(t *testing.T, env map[string]string, args ...string) (values, []string, error) {
	t.Helper()
	v := values{name: "default", wait: time.Second, count: 2, roots: []string{"/default"}}
	s := config.New("test", &bytes.Buffer{}, func(k string) (string, bool) { x, ok := env[k]; return x, ok })
	s.String(&v.name, "name", "SF_NAME", "a name")
	s.Duration(&v.wait, "wait", "SF_WAIT", "a time")
	s.Int(&v.count, "count", "SF_COUNT", "a number")
	s.Bool(&v.fast, "fast", "SF_FAST", "in a hurry")
	s.List(&v.roots, "root", "SF_ROOTS", "folders")
	rest, err := s.Parse(args)
	return v, rest, err
}

func TestPrecedence(t *testing.T) {
	t.Parallel()
	env := map[string]string{"SF_NAME": "env", "SF_WAIT": "3s", "SF_COUNT": "7", "SF_FAST": "true", "SF_ROOTS": "/a, /b"}
	tests := map[string]struct {
		env  map[string]string
		args []string
		want values
	}{
		"defaults":         {nil, nil, values{"default", time.Second, 2, []string{"/default"}, false}},
		"environment":      {env, nil, values{"env", 3 * time.Second, 7, []string{"/a", "/b"}, true}},
		"empty is not set": {map[string]string{"SF_NAME": ""}, nil, values{"default", time.Second, 2, []string{"/default"}, false}},
		"flags win": {env, []string{"--name", "flag", "--wait=5s", "--count=9", "--fast=false", "--root", "/x", "--root", "/y"},
			values{"flag", 5 * time.Second, 9, []string{"/x", "/y"}, false}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, rest, err := parse(t, tt.env, tt.args...)
			require.NoError(t, err)
			require.Empty(t, rest)
			require.Equal(t, tt.want, got)
		})
	}
}

func TestErrorsNameTheSetting(t *testing.T) {
	t.Parallel()
	_, _, err := parse(t, map[string]string{"SF_WAIT": "soon"})
	require.ErrorContains(t, err, `SF_WAIT="soon"`)
	_, _, err = parse(t, nil, "--no-such-flag")
	require.ErrorContains(t, err, "no-such-flag")
	_, rest, err := parse(t, nil, "--name=x", "left", "over")
	require.NoError(t, err)
	require.Equal(t, []string{"left", "over"}, rest)
	_, _, err = parse(t, nil, "-h")
	require.ErrorIs(t, err, flag.ErrHelp)
}
