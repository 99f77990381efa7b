"""A real face in two slightly different copies to a self-blended fake: masks, transforms and the blend
itself.
"""
