-- The roles of the services.
-- A role cannot log in until its own service is migrated with its password.

-- +goose Up
-- +goose StatementBegin
do $$
declare
    r text;
begin
    foreach r in array array['sf_ingest', 'sf_quality', 'sf_snapshot', 'sf_orchestrator', 'sf_reader'] loop
        begin
            execute format('create role %I nologin', r);
        exception when duplicate_object or unique_violation then
            null; -- another database of this server has it already
        end;
    end loop;
    foreach r in array array['sf_ingest', 'sf_quality', 'sf_snapshot', 'sf_orchestrator'] loop
        -- A process that is stopped inside a transaction must not hold its locks:
        -- after five seconds the server ends the session, and a takeover goes on.
        execute format('alter role %I set idle_in_transaction_session_timeout = %L', r, '5s');
    end loop;
end
$$;
-- +goose StatementEnd

grant usage on schema sf_platform to sf_ingest, sf_quality, sf_snapshot, sf_orchestrator;
grant select on sf_platform.schema_version to sf_ingest, sf_quality, sf_snapshot, sf_orchestrator;
-- Whoever migrates may read what the services publish.
grant sf_reader to current_user;

-- +goose Down
revoke usage on schema sf_platform from sf_ingest, sf_quality, sf_snapshot, sf_orchestrator;
