-- Appends events to a run: $2 as a JSON array. With $3 only while that worker holds it.
with held as (
    update sf_orchestrator.run
       set last_event = last_event + jsonb_array_length($2::jsonb)
     where id = $1
       and ($3 = '' or state = 'RUNNING' and lease_owner = $3)
    returning id, last_event - jsonb_array_length($2::jsonb) as before
), events as (
    insert into sf_orchestrator.run_event (run, number, kind, step, attempt, state, message, reason, progress, counts)
    select held.id, held.before + e.ordinality, e.kind, e.step, e.attempt, e.state, e.message, e.reason, e.progress, e.counts
      from held,
           rows from (jsonb_to_recordset($2::jsonb)
               as (kind text, step text, attempt integer, state text, message text, reason text, progress jsonb, counts jsonb))
           with ordinality as e
)
select 1 from held cross join lateral pg_notify('sf_run_event', held.id)
