package daemon_test

import (
	"cmp"
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/streamflow/streamflow/platform/config"
	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/platform/postgres"
)

type knobs struct{ Hands int }

// definitionOf defines a service that tells which configuration it was made of.
func definitionOf(made *knobs, migrations *postgres.Migrations) daemon.Definition[knobs] {
	return daemon.Definition[knobs]{
		Name: "knobs", Listen: "127.0.0.1:0", Migrations: migrations,
		Defaults: func(k knobs) knobs { k.Hands = cmp.Or(k.Hands, 2); return k },
		Settings: func(s *config.Set, k *knobs) { s.Int(&k.Hands, "hands", "SF_HANDS", "how many") },
		Check: func(k knobs) error {
			if k.Hands < 1 {
				return errors.New("hands: expected at least 1")
			}
			return nil
		},
		Make: func(k knobs, _ daemon.Deps) (daemon.Service, error) {
			*made = k
			return daemon.OnCall(func(grpc.ServiceRegistrar) {}), nil
		},
	}
}

func TestDefinitionTakesDefaultsOnlyForWhatAHostLeftZero(t *testing.T) {
	t.Parallel()
	var made knobs
	_, err := definitionOf(&made, nil).New(knobs{}, daemon.Deps{})
	require.NoError(t, err)
	require.Equal(t, 2, made.Hands)

	_, err = definitionOf(&made, nil).New(knobs{Hands: -1}, daemon.Deps{})
	require.EqualError(t, err, "hands: expected at least 1")
}

func TestSpecTakesASettingOfZeroAsItWasGiven(t *testing.T) {
	t.Parallel()
	var made knobs
	spec := definitionOf(&made, nil).Spec(knobs{})
	set := config.New("knobs", t.Output(), func(string) (string, bool) { return "", false })
	spec.Settings(set)
	_, err := set.Parse([]string{"--hands", "0"})
	require.NoError(t, err)

	_, err = spec.New(daemon.Deps{})
	require.EqualError(t, err, "hands: expected at least 1", "0 is no default where a user gave it")
}

func TestAServiceWithASchemaNeedsAPool(t *testing.T) {
	t.Parallel()
	var made knobs
	def := definitionOf(&made, postgres.Foundation())
	_, err := def.New(knobs{}, daemon.Deps{})
	require.EqualError(t, err, "expected a pool of PostgreSQL connections, found none")
	require.Zero(t, made, "nothing was made")

	_, err = def.New(knobs{}, daemon.Deps{Pool: &postgres.Pool{}})
	require.NoError(t, err)
}

func TestOnCallWaitsForItsEnd(t *testing.T) {
	t.Parallel()
	registered := false
	svc := daemon.OnCall(func(grpc.ServiceRegistrar) { registered = true })
	svc.Register(nil)
	require.True(t, registered)

	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- svc.Run(ctx) }()
	require.Empty(t, ended)
	cancel()
	require.NoError(t, <-ended)
	svc.Close()
}
