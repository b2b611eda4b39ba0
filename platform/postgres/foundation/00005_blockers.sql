-- Who a session of the caller's own waits for. What others do is hidden from a service's
-- role; that they stand in its way is not.

-- +goose Up
-- +goose StatementBegin
create function sf_platform.blockers(p_pid integer)
    returns table (pid integer, usename text, application text, state text, since timestamptz)
    language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select a.pid, a.usename::text, a.application_name, a.state, a.xact_start
      from pg_catalog.pg_stat_activity w
     cross join lateral unnest(pg_catalog.pg_blocking_pids(w.pid)) b (pid)
      join pg_catalog.pg_stat_activity a on a.pid = b.pid
     where w.pid = p_pid and w.usename = session_user and w.wait_event_type = 'Lock'
     order by a.xact_start, a.pid
$$;
-- +goose StatementEnd
comment on function sf_platform.blockers(integer) is
    'The sessions that hold, or wait before it for, the lock that a session of the caller''s role waits for.';

revoke all on function sf_platform.blockers(integer) from public;
grant execute on function sf_platform.blockers(integer) to sf_ingest, sf_quality, sf_snapshot, sf_orchestrator;

-- +goose Down
drop function sf_platform.blockers(integer);
