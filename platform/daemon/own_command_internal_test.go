package daemon

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestACommandOfTheServicesOwn(t *testing.T) {
	t.Parallel()
	spec := Spec{Name: "shop", Commands: map[string]OwnCommand{
		"open": func(_ context.Context, args []string, env func(string) (string, bool), out, _ io.Writer) error {
			key, _ := env("KEY")
			_, err := fmt.Fprint(out, "open with ", key, args)
			return err
		},
		"help": func(context.Context, []string, func(string) (string, bool), io.Writer, io.Writer) error {
			return flag.ErrHelp
		},
		"close": func(context.Context, []string, func(string) (string, bool), io.Writer, io.Writer) error {
			return errors.New("stuck")
		},
		"burn": func(context.Context, []string, func(string) (string, bool), io.Writer, io.Writer) error {
			return fmt.Errorf("%w: no matches", ErrUsage)
		},
	}}
	for name, tc := range map[string]struct {
		args     []string
		own      bool
		code     int
		out, err string
	}{
		"none":         {nil, false, 0, "", ""},
		"the daemon's": {[]string{"serve"}, false, 0, "", ""},
		"a flag":       {[]string{"--listen"}, false, 0, "", ""},
		"it works":     {[]string{"open", "wide"}, true, 0, "open with k[wide]", ""},
		"help":         {[]string{"help"}, true, 0, "", ""},
		"it fails":     {[]string{"close"}, true, 1, "", "shopd close: stuck\n"},
		"wrong usage":  {[]string{"burn"}, true, 2, "", "shopd burn: wrong usage: no matches\n"},
	} {
		var out, stderr bytes.Buffer

		code, own := ownCommand(t.Context(), spec, tc.args, func(string) (string, bool) { return "k", true }, &out, &stderr)

		require.Equal(t, tc.own, own, name)
		require.Equal(t, tc.code, code, name)
		require.Equal(t, tc.out, out.String(), name)
		require.Equal(t, tc.err, stderr.String(), name)
	}
	require.Equal(t, []string{"serve", "health", "version", "burn", "close", "help", "open"}, verbs(spec))
}
