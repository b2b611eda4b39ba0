-- Whatever a user with a schema of their own can put in the way of our SQL: functions and
-- operators that match as well as PostgreSQL's own, or better, types and tables of their
-- names. Each of them raises an error that begins with "trapped". $names stands for the
-- names of the functions that the suite's statements call.
set search_path = pg_catalog;

-- Types that our statements pass, and which of them pass for others.
create temporary table known as
select t::regtype as type from unnest(array['text', 'varchar', 'bpchar', 'name', '"char"', 'int2', 'int4', 'int8', 'numeric',
    'float4', 'float8', 'bool', 'date', 'timestamp', 'timestamptz', 'interval', 'jsonb', 'json', 'oid', 'regclass', 'bytea',
    'text[]', 'name[]', 'int2[]', 'int4[]', 'int8[]', 'date[]', 'bool[]', 'numeric[]', 'jsonb[]', 'int2vector', 'oidvector', 'record']) t;

create temporary table passes as
select type as given, type as wanted from known
union
select castsource::regtype, casttarget::regtype from pg_cast
 where castcontext = 'i' and castsource in (select type from known) and casttarget in (select type from known)
union -- what a polymorphic argument takes
select type, p::regtype from known, unnest(array['anyelement', 'anycompatible', '"any"']) p
 where type in ('text'::regtype, 'int4'::regtype, 'int8'::regtype, 'numeric'::regtype, 'date'::regtype, 'bool'::regtype, 'name'::regtype, 'record'::regtype)
union
select type, p::regtype from known, unnest(array['anynonarray', 'anycompatiblenonarray']) p
 where type in ('text'::regtype, 'int4'::regtype, 'int8'::regtype, 'numeric'::regtype, 'date'::regtype, 'bool'::regtype, 'name'::regtype)
union
select type, p::regtype from known, unnest(array['anyarray', 'anycompatiblearray']) p where type::text like '%[]';

-- The same signature as PostgreSQL's stands in schema evil, a better match in public.
do $$
declare
    f record;
    signature record;
begin
    for f in
        select p.proname as name, p.proargtypes::oid[] as args,
               case when p.prorettype in (select type from known) then p.prorettype::regtype else 'text'::regtype end as answer
          from pg_proc p
         where p.pronamespace = 'pg_catalog'::regnamespace and p.proname = any ($names) and p.pronargs between 0 and 3
    loop
        for signature in
            with recursive built (n, args) as (
                select 0, array[]::regtype[]
                union all
                select n + 1, b.args || s.given
                  from built b
                  join passes s on s.wanted = f.args[n]
                 where n < cardinality(f.args)
            )
            select array_to_string(args, ', ') as args, args = f.args::regtype[] as same from built where n = cardinality(f.args) limit 200
        loop
            begin
                execute format('create function %I.%I(%s) returns %s language plpgsql as %L',
                    case when signature.same then 'evil' else 'public' end, f.name, signature.args, f.answer,
                    format('begin raise exception ''trapped by function %s(%s)''; end', f.name, signature.args));
            exception when duplicate_function or invalid_function_definition then null;
            end;
        end loop;
    end loop;
end
$$;

do $$
declare
    o record;
    n integer := 0;
begin
    for o in
        select distinct p.oprname as name, l.given as l, r.given as r, p.oprresult::regtype as answer,
               l.given = p.oprleft and r.given = p.oprright as same
          from pg_operator p
          join passes l on l.wanted = p.oprleft
          join passes r on r.wanted = p.oprright
         where p.oprnamespace = 'pg_catalog'::regnamespace and p.oprresult in (select type from known)
         order by same desc
    loop
        n := n + 1;
        begin
            execute format('create function evil.operator_%s(%s, %s) returns %s language plpgsql as %L',
                n, o.l, o.r, o.answer, format('begin raise exception ''trapped by operator %s %s %s''; end', o.l, replace(o.name, '%', '%%'), o.r));
            execute format('create operator %I.%s (leftarg = %s, rightarg = %s, function = evil.operator_%s)',
                case when o.same then 'evil' else 'public' end, o.name, o.l, o.r, n);
        exception when duplicate_function or invalid_function_definition then null;
        end;
    end loop;
end
$$;

create function evil.counted(bigint) returns bigint language plpgsql as $$ begin raise exception 'trapped by count(*)'; end $$;
create aggregate evil.count(*) (sfunc = evil.counted, stype = bigint, initcond = '0');

-- Types and tables that are called like PostgreSQL's own.
do $$
declare
    r record;
begin
    for r in select format_type(type, null) as type, typname from known join pg_type on oid = type where typname !~ '^_' and typtype = 'b' loop
        execute format('create domain evil.%I as pg_catalog.%I check (value is null)', r.typname, r.typname);
    end loop;
    for r in select relname from pg_class where relnamespace = 'pg_catalog'::regnamespace and relkind in ('r', 'v') loop
        execute format('create table evil.%I (trapped integer)', r.relname);
    end loop;
end
$$;
grant usage on schema evil to public;
grant select on all tables in schema evil to public;
