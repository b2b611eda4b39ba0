package devsuite

import (
	"errors"
	"os"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/personal"
)

func TestTheKeyOfPersonalValuesIsMadeOnceAndKept(t *testing.T) {
	t.Parallel()
	for range 5 {
		dir := t.TempDir()
		made, errs := make([]personal.Key, 4), make([]error, 4)
		var wg sync.WaitGroup
		for i := range made {
			wg.Go(func() { // suites that start at once agree on it
				k, err := ensurePersonal(dir)
				errs[i] = err
				made[i], _ = k.Newest()
			})
		}
		wg.Wait()
		require.NoError(t, errors.Join(errs...))
		for _, k := range made {
			require.Equal(t, made[0], k)
		}
		info, err := os.Stat(PersonalKeys(dir))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
		require.NoFileExists(t, PersonalKeys(dir)+".new")
	}
}

func TestAKeyThatOthersMayHaveReadIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, err := ensurePersonal(dir)
	require.NoError(t, err)
	require.NoError(t, os.Chmod(PersonalKeys(dir), 0o644))
	_, err = ensurePersonal(dir)
	require.ErrorContains(t, err, "chmod 600")
}

func TestWithoutAFolderTheKeyIsOfTheRun(t *testing.T) {
	t.Parallel()
	one, err := ensurePersonal("")
	require.NoError(t, err)
	two, err := ensurePersonal("")
	require.NoError(t, err)
	require.NotEqual(t, one, two)
}
