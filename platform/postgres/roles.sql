-- The roles of the services and of readers. One that is as it should be is left alone: to
-- change it takes rights that the owner may lack, and meets others who change it.
do $$
declare
    r text;
    quiet text;
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
    -- What the services' sessions do must not write values of rows into the server's log: no
    -- statement behind an error, no row that a constraint refused, no parameter. These are a
    -- superuser's to set; a service says at its start where they are not.
    foreach r in array array['sf_ingest', 'sf_quality', 'sf_snapshot', 'sf_orchestrator'] loop
        foreach quiet in array array['log_min_error_statement=panic', 'log_error_verbosity=terse', 'log_parameter_max_length=0'] loop
            if not exists (select from pg_roles where rolname = r and quiet = any (rolconfig)) then
                begin
                    execute format('alter role %I set %I = %L', r, split_part(quiet, '=', 1), split_part(quiet, '=', 2));
                exception when insufficient_privilege then
                    null;
                end;
            end if;
        end loop;
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
