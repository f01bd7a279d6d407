from __future__ import annotations

from typing import Any

from django.apps import AppConfig


class MonolithConfig(AppConfig):
    """The sample application: tells the engine what it needs to know of it."""

    name = "monolith"
    default = True

    def ready(self) -> None:
        """Register everything that the engine calls back."""
        from monolith import restored
        from monolith.api_descriptions import describe
        from monolith.api_examples import exemplify
        from monolith.api_refusals import of_renamed
        from monolith.ci.forgetting import forget
        from monolith.frame import WorkFrame
        from monolith.namespaces import deletion, lost_names, personal, stakes
        from monolith.namespaces.models import Namespace, Project
        from monolith.work.deletion import statements
        from monolith.work.recents import forget_organization
        from monolith.work.stakes import of_work, take_work
        from organizations.members.signals import member_leaves
        from organizations.tenancy.forgetting import forget_with
        from organizations.tenancy.serving import named_by
        from organizations.transfers.registry import Transferable, stays, transfer_with
        from pods.api_refusals import describe_operations_with, describe_with, introduce_with
        from pods.frame import framed_by
        from routing.claims import nothing_lies_below
        from routing.outcomes import conclude
        from routing.outcomes.lost_names import name_again_with
        from routing.outcomes.restored import entities_with, restored_with
        from users.usernames import claim_with

        forget_with(forget)
        forget_with(forget_organization)
        deletion.delete_with(statements)
        named_by("SELECT organization_id FROM namespaces WHERE lower(full_path) = %s")
        framed_by(WorkFrame)
        describe_with(of_renamed)
        describe_operations_with(describe)
        describe_operations_with(exemplify)
        introduce_with("The same in GraphQL, with examples: [GraphQL](/-/graphql-explorer).")
        nothing_lies_below(Project.entity_type)
        claim_with(personal.name_of_somebody_new)
        conclude.complete_with(Namespace.Kind.USER, personal.make_namespace)
        name_again_with(lost_names.name_lost)
        transfer_with(
            Namespace.Kind.GROUP,
            Transferable(Namespace, (stakes.of_members, of_work), (stakes.end_memberships, take_work)),
        )
        stays(Namespace.Kind.USER, "is a personal namespace, which stays where it is")
        stays(Project.entity_type, "is a project, which is transferred with its top-level group")
        entities_with(Namespace.Kind.values, restored.namespaces, remake=restored.remake_namespace)
        entities_with([Project.entity_type], restored.projects)
        restored_with(restored.forget_runs)
        restored_with(restored.end_memberships)
        member_leaves.connect(_end_memberships, dispatch_uid="monolith")


def _end_memberships(organization_id: int, user_id: int, **kwargs: Any) -> None:
    from monolith.namespaces.models import NamespaceMember, ProjectMember
    from monolith.work.recents import end_recents

    end_recents(organization_id, user_id)
    for model in (ProjectMember, NamespaceMember):
        model.with_expired.filter(organization_id=organization_id, user_id=user_id).delete()
