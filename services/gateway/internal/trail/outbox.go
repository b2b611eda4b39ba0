package trail

import (
	"context"
	"log/slog"
	"sync"

	"google.golang.org/protobuf/proto"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/gateway/internal/contract"
)

// maxUnsent is how many checkpoints wait for a destination that cannot be reached. Of a
// chain's, the youngest holds all that the older ones hold.
const maxUnsent = 1000

// Destination is where checkpoints go besides the database.
type Destination interface {
	// Send takes one checkpoint, as one line of JSON.
	Send(ctx context.Context, line []byte) error
	// String names it, without what lets its bearer in.
	String() string
}

// outbox are the checkpoints that did not go everywhere yet, in order.
type outbox struct {
	to []Destination

	mu     sync.Mutex
	unsent [][]*orchestratorv1.AuditCheckpoint // for each destination
	// sending is held by the one who sends.
	sending sync.Mutex
}

func (o *outbox) add(k *orchestratorv1.AuditCheckpoint) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.unsent == nil {
		o.unsent = make([][]*orchestratorv1.AuditCheckpoint, len(o.to))
	}
	for i := range o.to {
		if o.unsent[i] = append(o.unsent[i], proto.CloneOf(k)); len(o.unsent[i]) > maxUnsent {
			o.unsent[i] = o.unsent[i][1:]
		}
	}
}

// send sends what was not sent. Nobody's line waits for it.
func (o *outbox) send(ctx context.Context, log *slog.Logger) {
	o.sending.Lock()
	defer o.sending.Unlock()
	for i, to := range o.to {
		for {
			k := o.first(i)
			if k == nil {
				break
			}
			line, err := contract.Marshal(k)
			if err == nil {
				err = to.Send(ctx, append(line, '\n'))
			}
			if err != nil {
				log.WarnContext(ctx, "a checkpoint of the audit log was not exported", "to", to.String(), "chain", k.GetChain(), "ordinal", k.GetOrdinal(), "error", err)
				break
			}
			o.sent(i, k)
		}
	}
}

func (o *outbox) first(i int) *orchestratorv1.AuditCheckpoint {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.unsent == nil || len(o.unsent[i]) == 0 {
		return nil
	}
	return o.unsent[i][0]
}

func (o *outbox) sent(i int, k *orchestratorv1.AuditCheckpoint) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.unsent[i]) > 0 && o.unsent[i][0] == k {
		o.unsent[i] = o.unsent[i][1:]
	}
}
