"""The products of a shop: importing them, writing generations, reading one."""
