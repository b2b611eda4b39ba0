package attack

import (
	"bytes"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/test/cluster"
)

// Forty at once send the largest body that there is. Some are answered, some are asked to
// come again, and the gateway stays within the memory that its pod has.
func TestFortyOfTheLargestBodiesStayWithinAPodsMemory(t *testing.T) {
	heavy(t)
	s := setup(t, func(cfg *cluster.Config) {
		cfg.Env[cluster.Gateway] = append(cfg.Env[cluster.Gateway], "GOMEMLIMIT=230MiB") // as of the container's limit
	})
	body := []byte(`{"name": "` + strings.Repeat("x", 8<<20-100) + `"}`)
	gateway := measure(t, s.PID(cluster.Gateway))
	var mu sync.Mutex
	answers := map[int]int{}
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.HTTP()+"/v1/datasets", bytes.NewReader(body))
			if err != nil {
				return
			}
			req.Header.Set("Content-Type", "application/json")
			resp, err := http.DefaultClient.Do(req)
			status := 0 // cut off while it sent on, once it was refused
			if err == nil {
				status = resp.StatusCode
				_ = resp.Body.Close()
			}
			mu.Lock()
			defer mu.Unlock()
			answers[status]++
		})
	}
	all.Wait()

	t.Log(answers)
	require.Positive(t, answers[http.StatusBadRequest], "some had their turn")
	require.Positive(t, answers[http.StatusServiceUnavailable]+answers[0], "some were asked to come again")
	gateway.atMost(t, time.Minute, pod)
	resp, err := http.Get("http://" + s.HTTP() + "/readyz")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode, "and it goes on")
}
