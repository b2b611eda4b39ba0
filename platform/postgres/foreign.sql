-- Of functions ($1, each with the types of its arguments): the owner, the role with whose
-- rights a session of the current role runs it, and whether it is the session's own.
select f.name, o.rolname::text, case when p.prosecdef then o.rolname::text else current_user::text end, pg_has_role(p.proowner, 'usage')
  from (select distinct unnest($1::text[])) as f (name)
  join pg_catalog.pg_proc p on p.oid = f.name::regprocedure
  join pg_catalog.pg_roles o on o.oid = p.proowner
