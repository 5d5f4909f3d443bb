"""An owner's applications by state, and the digests of an application, are found along an index."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("application_own_state", "application", ["owner", "state", "application_id"])
    op.create_index("person_of_application", "person", ["application_id"])
