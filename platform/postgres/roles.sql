-- The roles of the services and of readers. One that is as it should be is left alone: to
-- change it takes rights that the owner may lack, and meets others who change it.
do $$
declare
    r text;
begin
    foreach r in array array['sf_ingest', 'sf_quality', 'sf_snapshot', 'sf_orchestrator', 'sf_reader'] loop
        if not exists (select from pg_roles where rolname = r) then
            begin
                execute format('create role %I nologin', r);
            exception when duplicate_object or unique_violation then
                null; -- another installation of this server makes it at this moment
            end;
        end if;
        -- A process that is stopped inside a transaction must not hold its locks: after five
        -- seconds the server ends the session, and a takeover goes on.
        if r <> 'sf_reader' and not exists (
            select from pg_roles where rolname = r and 'idle_in_transaction_session_timeout=5s' = any (rolconfig)
        ) then
            execute format('alter role %I set idle_in_transaction_session_timeout = %L', r, '5s');
        end if;
    end loop;
    -- Whoever migrates may read what the services publish.
    if not pg_has_role(current_user, 'sf_reader', 'member') then
        grant sf_reader to current_user;
    end if;
    -- Ingest compares a delivery that is earlier than live with the nearest earlier snapshot.
    if not pg_has_role('sf_ingest', 'sf_reader', 'member') then
        grant sf_reader to sf_ingest;
    end if;
end
$$
