-- Writes what a worker did to the run that it holds: the run's own fields, the steps
-- that changed ($13) and the events that tell of it ($14), as JSON arrays. Nothing is
-- written, and no row comes back, where the worker no longer holds the run, or where
-- this very write was done before. With a run its fence ends.
with held as (
    update sf_orchestrator.run
       set state      = $4,
           reason     = $5,
           message    = $6,
           batch      = $7,
           validation = $8,
           unchanged  = $9,
           backfill   = $10,
           findings   = coalesce($11::jsonb, findings),
           restated   = coalesce($15::jsonb, restated),
           erased     = coalesce($16::jsonb, erased),
           fence      = $12,
           ended_at   = case when $4 = 'RUNNING' then null else clock_timestamp() end,
           checkpoint = checkpoint + 1,
           last_event = last_event + jsonb_array_length($14::jsonb)
     where id = $1 and state = 'RUNNING' and fence = $2 and checkpoint = $3
    returning id, dataset, fence, last_event, last_event - jsonb_array_length($14::jsonb) as before, cancel_requested
), steps as (
    update sf_orchestrator.run_step s
       set state      = j.state,
           attempts   = j.attempts,
           counts     = j.counts,
           summary    = j.summary,
           started_at = case when j.state = 'PENDING' then null
                             when j.attempts > s.attempts then coalesce(s.started_at, clock_timestamp())
                             else s.started_at end,
           ended_at   = case when j.state in ('SUCCEEDED', 'FAILED', 'CANCELLED') then clock_timestamp() end
      from held,
           jsonb_to_recordset($13::jsonb) as j (kind text, state text, attempts integer, counts jsonb, summary text)
     where s.run = held.id and s.kind = j.kind
), keys as ( -- an erase's, which are kept no longer than it takes
    delete from sf_orchestrator.run_key k using held where k.run = held.id and $4 <> 'RUNNING'
), events as (
    insert into sf_orchestrator.run_event (run, number, kind, step, attempt, state, message, reason, progress, counts)
    select held.id, held.before + e.ordinality, e.kind, e.step, e.attempt, e.state, e.message, e.reason, e.progress, e.counts
      from held,
           rows from (jsonb_to_recordset($14::jsonb)
               as (kind text, step text, attempt integer, state text, message text, reason text, progress jsonb, counts jsonb))
           with ordinality as e
)
select held.last_event, held.cancel_requested
  from held cross join lateral pg_notify('sf_run_event', held.id)
            cross join lateral sf_platform.lower_fence(held.dataset, case when $4 <> 'RUNNING' then held.fence end)
