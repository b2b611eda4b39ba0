package grpcserver_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
)

func deep(levels int) *structpb.Struct {
	s := &structpb.Struct{}
	for range levels {
		s = &structpb.Struct{Fields: map[string]*structpb.Value{"a": structpb.NewStructValue(s)}}
	}
	return s
}

// What is wrong with a message is its sender's: neither of them is a defect.
func TestADeepMessageIsTheCallersMistake(t *testing.T) {
	t.Parallel()
	client, _, _, _ := answering(t, &ending{}, func(*grpcserver.Server) {})
	req := stageRequest()
	req.Dataset.Tables[0].Expectations = []*datasetv1.Expectation{{Type: "x", Kwargs: deep(3000)}}

	_, unary := client.CheckDataset(t.Context(), &ingestv1.CheckDatasetRequest{Dataset: req.GetDataset()})
	stream, err := client.Stage(t.Context(), req)
	require.NoError(t, err)
	_, streamed := stream.Recv()

	for name, err := range map[string]error{"unary": unary, "stream": streamed} {
		require.True(t, problem.Is(err, problem.InvalidRequest), "%s: %v", name, err)
		require.ErrorContains(t, err, "more than 100 deep", name)
	}
}

// garbage sends what is no message.
type garbage struct{ encoding.CodecV2 }

func (garbage) Name() string { return "proto" }

func (garbage) Marshal(any) (mem.BufferSlice, error) {
	return mem.BufferSlice{mem.SliceBuffer("\x0a\x7fnot so long")}, nil
}

func TestWhatIsNoMessageIsTheCallersMistake(t *testing.T) {
	t.Parallel()
	client, _, _, _ := answering(t, &ending{}, func(*grpcserver.Server) {})

	_, err := client.GetBatch(t.Context(), &ingestv1.GetBatchRequest{}, grpc.ForceCodecV2(garbage{}))

	require.True(t, problem.Is(err, problem.InvalidRequest), "%v", err)
	require.ErrorContains(t, err, "no message of the contract")
}

func TestLongMetadataIsRefused(t *testing.T) {
	t.Parallel()
	client, _, _, _ := answering(t, &wide{bytes: 1}, func(*grpcserver.Server) {})
	ctx := metadata.AppendToOutgoingContext(t.Context(), grpcserver.RequestIDKey, strings.Repeat("a", 100_000))

	_, err := client.GetBatch(ctx, &ingestv1.GetBatchRequest{Batch: "bat_1"})

	require.Error(t, err)
	_, err = client.GetBatch(t.Context(), &ingestv1.GetBatchRequest{Batch: "bat_1"})
	require.NoError(t, err, "and the connection goes on")
}

// Requests that are large together are not all held at once: who sends them is cut off,
// and who asks for little on another connection is answered all the while.
func TestLargeRequestsLeaveRoomForSmallOnes(t *testing.T) {
	t.Parallel()
	var server *grpcserver.Server
	w := newWaiting()
	large, _, _, _ := answering(t, w, func(s *grpcserver.Server) {
		server = s
		grpcserver.SetRoom(s, 4<<20)
	})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	token := strings.Repeat("x", 1<<20)
	var all sync.WaitGroup
	failed := make(chan error, 8)
	for range cap(failed) {
		all.Go(func() {
			_, err := large.ListBatches(ctx, &ingestv1.ListBatchesRequest{Dataset: "shop", PageToken: token})
			failed <- err
		})
	}

	first := <-failed
	require.True(t, problem.Transient(first), "they may come again: %v", first)

	require.LessOrEqual(t, grpcserver.Held(server), int64(4<<20))
	close(w.goOn)
	cancel()
	all.Wait()
	require.Eventually(t, func() bool { return grpcserver.Held(server) < 1<<10 }, 5*time.Second, 10*time.Millisecond, "all but some frames of the protocol is given back")
	_, err := large.GetBatch(t.Context(), &ingestv1.GetBatchRequest{Batch: "bat_1"})
	require.NoError(t, err)
}
